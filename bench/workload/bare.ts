/**
 * The yardstick: the same workload written for itself alone, with the same schema, durability and
 * HTTP client. Arguments: store file, and `hand` or `jsonata` for the mappings.
 */
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Pool } from "undici";
import { parse } from "yaml";
import { byHand, byLibrary } from "./bare-maps.ts";
import { BareStore } from "./bare-store.ts";
import { endings, reportTo } from "./report.ts";

const [, , storePath = "", mapping = "hand"] = process.argv;
const maps = mapping === "hand" ? byHand : byLibrary();
const store = new BareStore(storePath);
const ended = endings(process.stdout);
const schemaPath = join(import.meta.dirname, "workspace/schemas/vendor/storefront/deal-event.yaml");
const isEvent = new Ajv2020().compile(parse(readFileSync(schemaPath, "utf8")) as object);
const pool = new Pool(process.env["TARGET_URL"] ?? "", { connections: 64, pipelining: 1 });

type Event = Parameters<typeof byHand.deal>[0] & { readonly eventId: string };

async function flow(flowNo: number, event: Event): Promise<void> {
  const deal = await maps.deal(event);
  const customer = await post("/customers", deal.customer, `${deal.dealId}:customer`);
  await store.step(flowNo, "customer", JSON.stringify(customer), false);
  const body = await maps.order({ customerId: customer.id, deal });
  const order = await post("/orders", body, `${deal.dealId}:order`);
  await store.step(flowNo, "order", JSON.stringify(order), true);
  ended(String(flowNo));
}

async function post(path: string, body: unknown, key: string): Promise<{ readonly id: string }> {
  const answer = await pool.request({
    method: "POST",
    path,
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`the target answered ${answer.statusCode}`);
  return JSON.parse(text) as { readonly id: string };
}

async function accept(text: string): Promise<{ readonly status: number; readonly body: string }> {
  const event: unknown = JSON.parse(text);
  if (!isEvent(event)) return { status: 422, body: "{}" };
  // The schema says so.
  const known = event as Event;
  const flowNo = await store.accept(known.eventId, text);
  if (flowNo > 0) void flow(flowNo, known);
  return { status: 202, body: `{"id":"${Math.abs(flowNo)}"}` };
}

async function reply(text: string, response: ServerResponse): Promise<void> {
  const { status, body } = await accept(text);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
  });
  response.end(body);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void reply(Buffer.concat(chunks).toString(), response);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  reportTo(process, `http://127.0.0.1:${port}/flows`);
});
process.on("disconnect", () => {
  store.close();
  process.exit();
});
