import { createHmac } from "node:crypto";
import type { Json, JsonObject } from "../../../../engine/model/json.ts";
import { type Answer, type Asked, Fake, objectOf } from "./exchange.ts";

interface Row {
  readonly id: string;
  properties: Record<string, string | null>;
  /** What a property was and is, the newest first. */
  readonly history?: Readonly<Record<string, { value: string; timestamp: string }[]>>;
  readonly associations?: Readonly<Record<string, readonly { id: string; type: string }[]>>;
}

const token = "pat-canary";
const clientSecret = "hubspot-secret";

/** HubSpot's CRM objects: values are text, only properties that are asked for come, unknown ones are refused. */
export class HubSpot extends Fake {
  static readonly secrets = { HUBSPOT_TOKEN: token, HUBSPOT_CLIENT_SECRET: clientSecret };
  readonly companies = new Map<string, Row>();
  readonly contacts = new Map<string, Row>();
  readonly deals = new Map<string, Row>();
  readonly lineItems = new Map<string, Row>();

  protected handle({ body, headers, method, path, query }: Asked): Answer {
    if (headers.authorization !== `Bearer ${token}`) {
      return failed(401, "INVALID_AUTHENTICATION", "Authentication credentials not found");
    }
    const posted = method === "POST" ? this.#post(path, query, body) : undefined;
    if (posted !== undefined) return posted;
    const [, associated = ""] =
      /^\/crm\/v4\/objects\/deals\/(\d+)\/associations\/line_items$/.exec(path) ?? [];
    if (associated !== "") return this.#lineItems(associated, query);
    if (path === "/crm/v3/objects/line_items/batch/read") {
      const { inputs, properties } = objectOf(body) as {
        inputs: { id: string }[];
        properties: string[];
      };
      if (inputs.length > 100)
        return failed(400, "VALIDATION_ERROR", "too many inputs: 100 at most");
      const rows = inputs.flatMap(({ id }) => this.lineItems.get(id) ?? []);
      const results = rows.map((row) => shown(row, properties));
      return {
        status: rows.length === inputs.length ? 200 : 207,
        body: { status: "COMPLETE", results },
      };
    }
    const [, kind = "", id = ""] =
      /^\/crm\/v3\/objects\/(companies|contacts|deals)\/(\d+)$/.exec(path) ?? [];
    const row = this.#rowsOf(kind).get(id);
    if (row === undefined) return failed(404, "OBJECT_NOT_FOUND", "Object not found");
    if (method === "GET") return this.#read(row, query);
    if (method !== "PATCH") return failed(405, "METHOD_NOT_ALLOWED", "Method not allowed");
    const { properties } = objectOf(body) as { properties: Record<string, string> };
    const unknown = Object.keys(properties).find((name) => !(name in row.properties));
    if (unknown !== undefined) {
      return failed(400, "VALIDATION_ERROR", `Property "${unknown}" does not exist`);
    }
    row.properties = { ...row.properties, ...properties };
    return { status: 200, body: shown(row, Object.keys(properties)) };
  }

  #post(path: string, query: URLSearchParams, body: string): Answer | undefined {
    const [, searched] =
      /^\/crm\/v3\/objects\/(companies|contacts|deals)\/search$/.exec(path) ?? [];
    if (searched !== undefined) return this.#search(this.#rowsOf(searched), objectOf(body));
    if (path === "/crm/v3/objects/contacts") return this.#createContact(objectOf(body));
    const [, subscriber] =
      /^\/communication-preferences\/v4\/statuses\/([^/]+)\/unsubscribe-all$/.exec(path) ?? [];
    if (subscriber === undefined || query.get("channel") !== "EMAIL") return undefined;
    return this.#unsubscribe(decodeURIComponent(subscriber));
  }

  #rowsOf(kind: string): Map<string, Row> {
    if (kind === "contacts") return this.contacts;
    return kind === "deals" ? this.deals : this.companies;
  }

  /** An address is one contact's alone. */
  #createContact({ associations, properties }: JsonObject): Answer {
    const given = properties as Record<string, string | null>;
    const taken = [...this.contacts.values()].find(
      (row) => row.properties["email"] === given["email"],
    );
    if (taken !== undefined) {
      return failed(409, "CONFLICT", `Contact already exists. Existing ID: ${taken.id}`);
    }
    const [company] = associations as { to: { id: string } }[];
    const id = String(150 + this.contacts.size + 1);
    const always = {
      associatedcompanyid: company?.to.id ?? null,
      hs_email_optout: null,
      lastmodifieddate: new Date().toISOString(),
    };
    this.contacts.set(id, { id, properties: { ...given, ...always } });
    return { status: 201, body: { id, properties: given } };
  }

  #unsubscribe(email: string): Answer {
    for (const row of this.contacts.values()) {
      if (row.properties["email"] === email) row.properties["hs_email_optout"] = "true";
    }
    return { status: 200, body: { status: "COMPLETE", results: [] } };
  }

  #read(row: Row, query: URLSearchParams): Answer {
    const wanted = (query.get("properties") ?? "").split(",");
    const associations: Record<string, Json> = {};
    for (const kind of (query.get("associations") ?? "").split(",")) {
      // Asked for as line_items, answered as "line items".
      const results = row.associations?.[kind];
      if (results !== undefined) associations[kind.replace("_", " ")] = { results };
    }
    const past = query.get("propertiesWithHistory");
    const propertiesWithHistory = past === null ? {} : { [past]: [...(row.history?.[past] ?? [])] };
    const more = {
      ...(past === null ? {} : { propertiesWithHistory }),
      ...(Object.keys(associations).length === 0 ? {} : { associations }),
    };
    return { status: 200, body: { ...shown(row, wanted), ...more } };
  }

  #lineItems(deal: string, query: URLSearchParams): Answer {
    const all = this.deals.get(deal)?.associations?.["line_items"] ?? [];
    const size = Number(query.get("limit") ?? 500);
    const results = all.slice(0, size).map(({ id }) => ({
      toObjectId: Number(id),
      associationTypes: [{ category: "HUBSPOT_DEFINED", typeId: 19, label: null }],
    }));
    const paging = all.length > size ? { paging: { next: { after: String(size), link: "" } } } : {};
    return { status: 200, body: { results, ...paging } };
  }

  #search(rows: ReadonlyMap<string, Row>, body: JsonObject): Answer {
    const { after, filterGroups, limit, properties } = body;
    const [group] = filterGroups as {
      filters: { operator: string; propertyName: string; value: string }[];
    }[];
    const equal = group?.filters.find(({ operator }) => operator === "EQ")?.value;
    const since = group?.filters.find(({ operator }) => operator === "GTE");
    const changedAt = (row: Row) => row.properties[since?.propertyName ?? ""] ?? "";
    const size = Math.min(Number(limit), 2);
    const start = Number(after ?? 0);
    const all = [...rows.values()]
      .filter((row) => equal === undefined || row.properties["email"] === equal)
      .filter((row) => since === undefined || changedAt(row) >= since.value)
      .toSorted((a, b) => changedAt(a).localeCompare(changedAt(b)));
    const results = all
      .slice(start, start + size)
      .map((row) => shown(row, properties as unknown as readonly string[]));
    const next = start + size;
    const paging = next < all.length ? { paging: { next: { after: String(next) } } } : {};
    return { status: 200, body: { total: all.length, results, ...paging } };
  }

  /** Events as they are posted, with a signature of version 3. */
  post(url: string, events: readonly JsonObject[], at: number) {
    const body = JSON.stringify(events);
    const signature = createHmac("sha256", clientSecret)
      .update(`POST${url}${body}${at}`)
      .digest("base64");
    return {
      body,
      headers: {
        "content-type": "application/json",
        "x-hubspot-signature-v3": signature,
        "x-hubspot-request-timestamp": String(at),
      },
    };
  }
}

function shown({ id, properties }: Row, wanted: readonly string[]): JsonObject {
  const always = ["hs_object_id", "hs_lastmodifieddate", "lastmodifieddate"];
  const all = { ...properties, hs_object_id: id };
  return {
    id,
    properties: Object.fromEntries(
      Object.entries(all).filter(([name]) => [...wanted, ...always].includes(name)),
    ),
    createdAt: "2026-11-20T08:00:00Z",
    updatedAt: "2026-11-20T09:30:00Z",
    archived: false,
  };
}

function failed(status: number, category: string, message: string): Answer {
  return { status, body: { status: "error", message, correlationId: "c-1", category } };
}
