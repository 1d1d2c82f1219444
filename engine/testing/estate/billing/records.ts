import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import { type EstateRequest, objectAt, type Reply, stringAt } from "../exchange.ts";
import { decimalOf } from "../money.ts";
import type { World } from "../world.ts";
import { invalid, missing } from "./refusal.ts";

/** An object of the billing platform: read by everyone, changed by `update` only. */
export type BillingObject = Record<string, Json> & { readonly id: string; readonly object: string };

export type Kind =
  | "customer"
  | "subscription"
  | "invoice"
  | "charge"
  | "refund"
  | "dispute"
  | "credit_note"
  | "event";

const prefixes: Readonly<Record<Kind, string>> = {
  customer: "cus",
  subscription: "sub",
  invoice: "in",
  charge: "ch",
  refund: "re",
  dispute: "dp",
  credit_note: "cn",
  event: "evt",
};

/** The billing platform's objects, and an event for each change. */
export class BillingRecords {
  readonly world: World;
  /** The request at work, for events; empty when the platform acts by itself. */
  request: { readonly id: string; readonly key: string | null } | undefined;
  readonly #byId = new Map<string, BillingObject>();

  constructor(world: World) {
    this.world = world;
  }

  /** Unix seconds. */
  now(): number {
    return Math.floor(this.world.agenda.now() / 1000);
  }

  id(prefix: string): string {
    return `${prefix}_${this.world.random.hex(18)}`;
  }

  /** Newest first. */
  all(kind: Kind): readonly BillingObject[] {
    return [...this.#byId.values()].filter((one) => one.object === kind).reverse();
  }

  get(kind: Kind, id: string): BillingObject | undefined {
    const found = this.#byId.get(id);
    return found?.object === kind ? found : undefined;
  }

  /** Throws 404; with the name of the parameter that named it, 400. */
  must(kind: Kind, id = "", param?: string): BillingObject {
    const found = this.get(kind, id);
    if (found === undefined) throw missing(kind, id, param);
    return found;
  }

  add(kind: Kind, values: JsonObject): BillingObject {
    const id = this.id(prefixes[kind]);
    const common = { created: this.now(), livemode: false };
    const added: BillingObject = { id, object: kind, ...common, ...values };
    this.#byId.set(id, added);
    return added;
  }

  /** Changes values, and announces what they were before. */
  update(target: BillingObject, type: string, values: JsonObject): void {
    const changed = Object.keys(values).filter((key) => differs(target[key], values[key]));
    const before = Object.fromEntries(changed.map((key) => [key, target[key] ?? null]));
    Object.assign(target, values);
    if (changed.length > 0) this.announce(type, target, before);
  }

  announce(type: string, target: BillingObject, before?: JsonObject): void {
    const object = structuredClone(target);
    const body: JsonObject = {
      api_version: "2020-08-27",
      type,
      pending_webhooks: 1,
      request: { id: this.request?.id ?? null, idempotency_key: this.request?.key ?? null },
      data: { object, ...(before === undefined ? {} : { previous_attributes: before }) },
    };
    const event = this.add("event", body);
    this.world.webhooks.push({ id: event.id, type, body: structuredClone(event) });
  }

  /** Writes an effect in the ledger; amounts are minor units. */
  record(effect: string, target: BillingObject, amount?: number): void {
    const metadata = objectAt(target, "metadata") ?? {};
    const currency = target["currency"];
    this.world.ledger.record({
      system: "billing",
      effect,
      id: target.id,
      reference: referenceOf(metadata) ?? stringAt(target, "email") ?? null,
      amount: amount === undefined ? null : decimalOf(amount),
      currency: typeof currency === "string" ? currency.toUpperCase() : null,
      data: structuredClone(target),
    });
  }
}

/** What a caller calls this object by, whatever name it gave the metadata key. */
function referenceOf(metadata: JsonObject): string | undefined {
  const key = Object.keys(metadata).find((name) =>
    /reference|order|case|account|customer|opportunity/i.test(name),
  );
  return key === undefined ? undefined : stringAt(metadata, key);
}

/** Metadata after a change: keys merge, an empty text removes one. */
export function merged(before: Json | undefined, form: JsonObject): JsonObject {
  const changes = objectAt(form, "metadata") ?? {};
  const all = { ...(isJsonObject(before) ? before : {}), ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** Whether it was created in the time that `created[gte]` and `created[lte]` ask for. */
export function isCreatedAsAsked({ query }: EstateRequest, row: BillingObject): boolean {
  const created = Number(row["created"]);
  const from = Number(query.get("created[gte]") ?? "0");
  return created >= from && created <= Number(query.get("created[lte]") ?? Number.MAX_SAFE_INTEGER);
}

/** One page of a list, newest first. */
export function listed(request: EstateRequest, rows: readonly JsonObject[]): Reply {
  const limit = Number(request.query.get("limit") ?? "10");
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 100) {
    throw invalid("limit must be between 1 and 100", { param: "limit" });
  }
  const after = request.query.get("starting_after");
  const before = request.query.get("ending_before");
  const at = (id: string) => rows.findIndex((row) => row["id"] === id);
  const url = request.path;
  if (before !== null) {
    const end = Math.max(0, at(before));
    const data = rows.slice(Math.max(0, end - limit), end);
    return { status: 200, body: { object: "list", url, has_more: end > limit, data } };
  }
  const start = after === null ? 0 : at(after) + 1;
  const data = rows.slice(start, start + limit);
  const more = start + limit < rows.length;
  return { status: 200, body: { object: "list", url, has_more: more, data } };
}

/** `metadata['key']:'value'`, `field:'value'` and `-metadata['key']:null`, joined by AND. */
export function searched(request: EstateRequest, rows: readonly JsonObject[]): Reply {
  const query = request.query.get("query") ?? "";
  const terms = query.split(/ AND /i).map((term) => searchTerm(term));
  const data = rows.filter((row) => terms.every((holds) => holds(row)));
  const body = { object: "search_result", url: request.path, has_more: false, data };
  return { status: 200, body };
}

function searchTerm(term: string): (row: JsonObject) => boolean {
  const metadataOf = (row: JsonObject) => objectAt(row, "metadata") ?? {};
  const [, present] = /^\s*-metadata\[['"](.+?)['"]\]\s*:\s*null\s*$/.exec(term) ?? [];
  if (present !== undefined) return (row) => metadataOf(row)[present] !== undefined;
  const match = /^\s*(?:metadata\[['"](.+?)['"]\]|(\w+))\s*:\s*['"](.*)['"]\s*$/.exec(term);
  if (match === null) throw invalid(`We were unable to parse your search query: ${term}`);
  const [, metadata, field = "", value] = match;
  return (row) => (metadata === undefined ? row[field] : metadataOf(row)[metadata]) === value;
}

function differs(left: Json | undefined, right: Json | undefined): boolean {
  return JSON.stringify(left ?? null) !== JSON.stringify(right ?? null);
}
