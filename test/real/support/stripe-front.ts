import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "undici";
import type { Json, JsonObject } from "../../../engine/model/json.ts";

type Row = JsonObject;

/** What the front answers itself; a record of the mock is shown as `shown` says. */
export interface StripeParts {
  /** The mock. */
  readonly url: string;
  readonly invoices: ReadonlyMap<string, Row>;
  /** All records of a kind that the mock has. */
  list(kind: "customers" | "subscriptions" | "prices"): Promise<readonly Row[]>;
  /** A record of the mock as the API version of the adapter has it. */
  shown(record: Row): Row;
  /** Somebody writes on an invoice. */
  write(id: string, form: URLSearchParams): Row | undefined;
}

/**
 * Stands before the mock and adds what it lacks of Stripe's API: search, prices by lookup key, invoices,
 * and fields that came with later versions. Everything else is the mock's own answer, byte for byte.
 */
export async function startStripeFront(parts: StripeParts) {
  const server = createServer((incoming, outgoing) => {
    answer(parts, incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  parts: StripeParts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://front");
  const body = await textOf(incoming);
  const own = await ownAnswer(parts, incoming.method ?? "GET", pathname, searchParams, body);
  if (own !== undefined) {
    outgoing.writeHead(own.status, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(own.body));
    return;
  }
  const { statusCode, body: answered } = await request(`${parts.url}${incoming.url ?? "/"}`, {
    method: incoming.method === "POST" ? "POST" : incoming.method === "DELETE" ? "DELETE" : "GET",
    headers: headersOf(incoming),
    ...(body === "" ? {} : { body: withPlans(body) }),
  });
  const text = await answered.text();
  const value: unknown = JSON.parse(text);
  const record = value as Row;
  const changed = statusCode < 300 && typeof record["id"] === "string";
  outgoing.writeHead(statusCode, { "content-type": "application/json" });
  outgoing.end(changed ? JSON.stringify(parts.shown(record)) : text);
}

interface Answer {
  readonly status: number;
  readonly body: Json;
}
const found = (body: Json): Answer => ({ status: 200, body });
const missing: Answer = {
  status: 404,
  body: { error: { type: "invalid_request_error", code: "resource_missing", message: "no such" } },
};
const listed = (data: readonly Row[]): Answer => found({ object: "list", data, has_more: false });

/** Undefined: the mock answers. */
async function ownAnswer(
  parts: StripeParts,
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
): Promise<Answer | undefined> {
  const invoices = [...parts.invoices.values()];
  const [, kind = "", rest = "", lines] = /^\/v1\/(\w+)(?:\/(\w+))?(\/lines)?$/.exec(path) ?? [];
  if (rest === "search") {
    const rows =
      kind === "invoices"
        ? invoices
        : kind === "customers" || kind === "subscriptions"
          ? await parts.list(kind)
          : [];
    return listed(rows.filter(matching(query.get("query") ?? "")).map((row) => parts.shown(row)));
  }
  const lookupKey = query.get("lookup_keys[]");
  if (kind === "prices" && lookupKey !== null) {
    const prices = await parts.list("prices");
    return listed(prices.filter((price) => price["lookup_key"] === lookupKey));
  }
  if (kind !== "invoices") return undefined;
  if (rest === "") return listed(invoices);
  if (method === "POST") parts.write(rest, new URLSearchParams(body));
  const invoice = parts.invoices.get(rest);
  if (invoice === undefined) return missing;
  return found(lines === undefined ? invoice : (invoice["lines"] ?? null));
}

/** `metadata['order_id']:'006…'`, `-metadata['hold']:null` or `number:'SLC-1'`. */
function matching(query: string): (row: Row) => boolean {
  const [, has] = /^-metadata\['(\w+)'\]:null$/.exec(query) ?? [];
  if (has !== undefined) return (row) => ((row["metadata"] ?? {}) as Row)[has] !== undefined;
  const [, key, field, value] = /^(?:metadata\['(\w+)'\]|(\w+)):'(.*)'$/.exec(query) ?? [];
  return (row) => {
    const metadata = (row["metadata"] ?? {}) as Row;
    return (key === undefined ? row[field ?? ""] : metadata[key]) === value;
  };
}

/** The mock subscribes to plans: every price is one, too. */
function withPlans(body: string): string {
  const form = new URLSearchParams(body);
  for (const [name, value] of new URLSearchParams(body)) {
    const [, item] = /^(items\[\d+\])\[price\]$/.exec(name) ?? [];
    if (item !== undefined) form.set(`${item}[plan]`, value);
  }
  return form.toString();
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = ["authorization", "content-type", "idempotency-key"];
  return Object.fromEntries(
    kept.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : [])),
  );
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
