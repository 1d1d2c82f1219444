import { createHmac } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake, textAt } from "./exchange.ts";

const token = "1-27-canary";
const secret = "rt-webhook-canary";
const userFields = new Set([
  "Customer Code",
  "Contact Code",
  "No Marketing",
  "Service Level",
  "Plan",
  "Entitled From",
  "Entitled Until",
  "Implementation Service",
  "Contract",
  "ERP Customer",
]);
const ticketFields = new Set([
  "Customer Code",
  "Order Number",
  "Invoice Number",
  "Asset",
  "Claim Amount",
  "Claim Accepted",
  "Integration Status",
]);

interface Kept {
  values: JsonObject;
  readonly fields: Map<string, string>;
}

/**
 * Request Tracker over REST2: numbers are texts, an update is answered with sentences, and a custom
 * field that is not there is passed over in silence.
 */
export class RequestTracker extends Fake {
  static readonly secrets = { RT_TOKEN: token, RT_WEBHOOK_SECRET: secret };
  /** Who is told of each transaction; nobody unless set. */
  listener:
    | ((made: { body: string; headers: Readonly<Record<string, string>> }) => void)
    | undefined;
  readonly users = new Map<string, Kept>();
  readonly tickets = new Map<string, Kept>();
  #transactions = 100;

  protected handle(asked: Asked): Answer {
    const { body, headers, method, path } = asked;
    if (headers.authorization !== `token ${token}`) return said(401, "Unauthorized");
    const [, kind = "", name = ""] = /^\/REST\/2\.0\/(\w+)(?:\/([^/]+))?$/.exec(path) ?? [];
    const given = body === "" ? {} : (JSON.parse(body) as Json);
    if (kind === "users") return this.#findUsers(given, asked);
    if (kind === "tickets")
      return {
        status: 200,
        body: { items: [], total: 0, count: 0, page: 1, pages: 0, per_page: 100 },
      };
    const change = isJsonObject(given) ? given : {};
    if (kind === "user" && method === "POST") return this.#createUser(change);
    const kept = (kind === "user" ? this.users : this.tickets).get(decodeURIComponent(name));
    if (kept === undefined) return said(404, "Resource does not exist");
    if (method === "PUT") this.#set(kept, change, kind === "user" ? userFields : ticketFields);
    if (method === "PUT" && kind === "ticket")
      this.#tell(name, "ticket.customfield", "integration");
    return method === "PUT"
      ? { status: 200, body: [`${kind} ${name}: changed`] }
      : { status: 200, body: shown(kept) };
  }

  #findUsers(given: Json, asked: Asked): Answer {
    const [term] = Array.isArray(given) ? (given as readonly JsonObject[]) : [];
    const name = textAt(term ?? {}, "value");
    if (term?.["field"] === "LastUpdated") return this.#changedUsers(name, asked);
    const items = this.users.has(name) ? [{ id: name, type: "user", Name: name }] : [];
    return { status: 200, body: { items, total: items.length, count: items.length } };
  }

  #changedUsers(since: string, { headers, path, query }: Asked): Answer {
    const all = [...this.users.values()].flatMap(({ values }) => {
      const { LastUpdated, LastUpdatedBy, Name } = values;
      if (textAt(values, "LastUpdated").replace("T", " ") < since) return [];
      return [
        {
          id: Name ?? null,
          type: "user",
          Name: Name ?? null,
          LastUpdated: LastUpdated ?? null,
          LastUpdatedBy: LastUpdatedBy ?? null,
        },
      ];
    });
    const size = Number(query.get("per_page") ?? 20);
    const page = Number(query.get("page") ?? 1);
    const items = all.slice((page - 1) * size, page * size);
    const more = new URLSearchParams(query);
    more.set("page", String(page + 1));
    // The same is posted to that address again.
    const next = { next_page: `http://${headers.host ?? ""}${path}?${more.toString()}` };
    const body = { items, total: all.length, count: items.length };
    return { status: 200, body: { ...body, ...(page * size < all.length ? next : {}) } };
  }

  /** A person at a customer, as people enter one. */
  enter(name: string, values: JsonObject, fields: Readonly<Record<string, string>>): void {
    const always = { Name: name, Disabled: "0", LastUpdated: new Date().toISOString() };
    this.users.set(name, {
      values: { ...always, ...values },
      fields: new Map(Object.entries(fields)),
    });
  }

  #createUser(given: JsonObject): Answer {
    const name = textAt(given, "Name");
    if (this.users.has(name)) return said(400, "Name in use");
    const kept: Kept = { values: {}, fields: new Map() };
    this.#set(kept, given, userFields);
    this.users.set(name, kept);
    return { status: 201, body: { id: name, type: "user", _url: "" } };
  }

  #set(
    kept: Kept,
    { CustomFields: fields, ...values }: JsonObject,
    known: ReadonlySet<string>,
  ): void {
    kept.values = { ...kept.values, ...values };
    for (const [name, value] of Object.entries(isJsonObject(fields) ? fields : {})) {
      if (known.has(name) && typeof value === "string") kept.fields.set(name, value);
    }
  }

  /** What an agent or a customer does: a new ticket, or a change of one. Returns its id. */
  work(change: JsonObject, id?: string): string {
    const ticket = id ?? String(this.tickets.size + 1);
    const fresh: Kept = {
      values: { id: ticket, Subject: "", Status: "new", Priority: "30" },
      fields: new Map(),
    };
    const kept = this.tickets.get(ticket) ?? fresh;
    this.#set(kept, change, ticketFields);
    this.tickets.set(ticket, kept);
    this.#tell(ticket, id === undefined ? "ticket.create" : "ticket.set", "ann");
    return ticket;
  }

  #tell(id: string, type: string, creator: string): void {
    this.#transactions += 1;
    const kept = this.tickets.get(id);
    if (kept !== undefined) kept.values = { ...kept.values, LastUpdated: new Date().toISOString() };
    const body = JSON.stringify({
      id: `rt-${this.#transactions}`,
      type,
      occurred_at: new Date().toISOString(),
      transaction: { id: this.#transactions, creator },
      ticket: { id: Number(id) },
    });
    const time = String(Math.floor(Date.now() / 1000));
    const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
    this.listener?.({
      body,
      headers: {
        "content-type": "application/json",
        "x-rt-signature": `t=${time},v1=${signature}`,
      },
    });
  }
}

function shown({ fields, values }: Kept): JsonObject {
  const custom = [...fields].map(([name, value], index): JsonObject => ({
    id: String(index + 1),
    name,
    type: "customfield",
    values: [value],
  }));
  return { ...values, CustomFields: custom };
}

function said(status: number, message: string): Answer {
  return { status, body: { message } };
}
