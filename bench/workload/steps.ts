/** What every hand-written variant of the workload does between its durable steps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Pool } from "undici";
import { parse } from "yaml";
import { byHand, byLibrary, type Maps } from "./bare-maps.ts";

export type Event = Parameters<typeof byHand.deal>[0] & { readonly eventId: string };
export type Deal = Awaited<ReturnType<Maps["deal"]>>;

/** What the target gave the thing that was made. */
export interface Made {
  readonly id: string;
}

const schemaPath = join(import.meta.dirname, "workspace/schemas/vendor/storefront/deal-event.yaml");
const isEvent = new Ajv2020().compile(parse(readFileSync(schemaPath, "utf8")) as object);

/** The event of a text; undefined where it breaks its schema. */
export function readEvent(text: string): Event | undefined {
  const event: unknown = JSON.parse(text);
  // The schema says so.
  return isEvent(event) ? (event as Event) : undefined;
}

export function mapsOf(mapping: string): Maps {
  return mapping === "hand" ? byHand : byLibrary();
}

const pool = new Pool(process.env["TARGET_URL"] ?? "", { connections: 64, pipelining: 1 });

export function makeCustomer(deal: Deal): Promise<Made> {
  return post("/customers", deal.customer, `${deal.dealId}:customer`);
}

export async function makeOrder(maps: Maps, deal: Deal, customer: Made): Promise<Made> {
  const body = await maps.order({ customerId: customer.id, deal });
  return post("/orders", body, `${deal.dealId}:order`);
}

async function post(path: string, body: unknown, key: string): Promise<Made> {
  const answer = await pool.request({
    method: "POST",
    path,
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`the target answered ${answer.statusCode}`);
  return JSON.parse(text) as Made;
}
