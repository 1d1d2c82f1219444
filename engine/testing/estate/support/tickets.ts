import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import {
  type EstateRequest,
  listAt,
  objectAt,
  Refused,
  type Reply,
  type Routes,
  stringAt,
} from "../exchange.ts";
import type { World } from "../world.ts";
import { announce, recordEffect, timeIn, ticketKind } from "./events.ts";
import type { Organizations } from "./organizations.ts";
import { changedSince, paged } from "./pages.ts";
import { bodyOf, failed, recordInvalid, recordNotFound } from "./refusal.ts";

/** Fields that acme defined for tickets, by id. */
export const ticketFields = {
  order_number: 360001,
  invoice_number: 360002,
  asset: 360003,
  claim_amount: 360004,
  claim_accepted: 360005,
  integration_status: 360006,
} as const;

const statuses = ["new", "open", "pending", "hold", "solved", "closed"];
const priorities = ["low", "normal", "high", "urgent"];
const assigned = [
  "external_id",
  "subject",
  "status",
  "priority",
  "type",
  "tags",
  "organization_id",
] as const;

export type Ticket = Record<string, Json> & { readonly id: number };

/** Tickets, their comments, and an event for each change that integrations care for. */
export class Tickets {
  readonly #world: World;
  readonly #organizations: Organizations;
  readonly #url: () => string;
  readonly #byId = new Map<number, Ticket>();
  readonly #versions = new Map<number, number>();
  readonly #answers = new Map<string, { readonly text: string; readonly reply: Reply }>();

  constructor(world: World, organizations: Organizations, url: () => string) {
    this.#world = world;
    this.#organizations = organizations;
    this.#url = url;
  }

  route(routes: Routes): void {
    const all = () => [...this.#byId.values()];
    routes
      .on("GET", "/tickets", (request) => paged(request, "tickets", all(), this.#url()))
      .on("GET", "/tickets/:id", (_, { id }) => shown(200, this.must(id)))
      .on("GET", "/organizations/:id/tickets", (request, { id }) => {
        const { id: organization } = this.#organizations.must(id);
        const rows = all().filter((ticket) => ticket["organization_id"] === organization);
        return paged(request, "tickets", rows, this.#url());
      })
      .on("POST", "/tickets", (request) => this.#createOnce(request))
      .on("PUT", "/tickets/:id", (request, { id }) => {
        const ticket = this.must(id);
        this.update(ticket, bodyOf(request, "ticket"), "api");
        return shown(200, ticket);
      })
      .on("GET", "/search", (request) => this.#search(request))
      .on("GET", "/incremental/tickets/cursor", (request) =>
        changedSince(request, "tickets", all()),
      );
  }

  must(id: string | number = ""): Ticket {
    const found = this.#byId.get(Number(id));
    if (found === undefined) throw recordNotFound();
    return found;
  }

  create(body: JsonObject, by: "api" | "person"): Ticket {
    const comment = objectAt(body, "comment");
    const text = comment === undefined ? undefined : stringAt(comment, "body");
    if (text === undefined) {
      throw recordInvalid("comment", "Description: cannot be blank", "BlankValue");
    }
    const organization = body["organization_id"] ?? null;
    if (organization !== null) this.#organizations.must(Number(organization));
    const id = 5_001 + this.#byId.size;
    const now = timeIn(this.#world);
    const ticket: Ticket = {
      url: `${this.#url()}/api/v2/tickets/${id}.json`,
      id,
      external_id: null,
      subject: null,
      description: text,
      status: "new",
      priority: null,
      type: null,
      organization_id: organization,
      requester_id: 9_001,
      tags: [],
      custom_fields: Object.values(ticketFields).map((field) => ({ id: field, value: null })),
      comment_count: 0,
      created_at: now,
      updated_at: now,
    };
    this.#assign(ticket, body);
    this.#byId.set(id, ticket);
    this.#versions.set(id, 1);
    if (by === "api") this.#record("created", ticket);
    this.#announce(ticket, "created", {});
    return ticket;
  }

  update(ticket: Ticket, body: JsonObject, by: "api" | "person"): void {
    if (body["safe_update"] === true && body["updated_stamp"] !== ticket["updated_at"]) {
      const description = "The ticket was changed since updated_stamp";
      throw new Refused(failed(409, "UpdateConflict", description));
    }
    if (ticket["status"] === "closed") {
      throw recordInvalid("status", "Status: closed prevents ticket update", "InvalidValue");
    }
    const before = structuredClone(ticket);
    this.#assign(ticket, body);
    ticket["updated_at"] = timeIn(this.#world);
    this.#versions.set(ticket.id, (this.#versions.get(ticket.id) ?? 0) + 1);
    if (by === "api") this.#record("updated", ticket);
    for (const field of ["status", "priority"]) {
      const [previous, current] = [before[field] ?? null, ticket[field] ?? null];
      if (previous === current) continue;
      this.#announce(ticket, `${field}_changed`, {
        previous: upper(previous),
        current: upper(current),
      });
    }
    const [home, current] = [before["organization_id"] ?? null, ticket["organization_id"] ?? null];
    if (home !== current)
      this.#announce(ticket, "organization_changed", { previous: home, current });
    const was = listAt(before, "custom_fields") ?? [];
    for (const [index, field] of (listAt(ticket, "custom_fields") ?? []).entries()) {
      const [old, current] = [valueIn(was[index]), valueIn(field)];
      if (old === current) continue;
      const id = isJsonObject(field) ? (field["id"] ?? null) : null;
      const event = { field: { id }, previous: old, current };
      this.#announce(ticket, "custom_field_changed", event);
    }
  }

  #createOnce(request: EstateRequest): Reply {
    const key = request.headers["idempotency-key"];
    if (key === undefined) return shown(201, this.create(bodyOf(request, "ticket"), "api"));
    const first = this.#answers.get(key);
    if (first !== undefined && first.text !== request.text) {
      const description = "The idempotency key was used before with another body";
      throw new Refused(failed(400, "IdempotentRequestError", description));
    }
    if (first !== undefined) {
      return { ...first.reply, headers: { "x-idempotency-lookup": "hit" } };
    }
    const reply = shown(201, this.create(bodyOf(request, "ticket"), "api"));
    this.#answers.set(key, { text: request.text, reply });
    return { ...reply, headers: { "x-idempotency-lookup": "miss" } };
  }

  #search(request: EstateRequest): Reply {
    const query = request.query.get("query") ?? "";
    const [, reference] = /\bexternal_id:"?([^\s"]+)/.exec(query) ?? [];
    const results = [...this.#byId.values()].filter(
      (ticket) => reference === undefined || ticket["external_id"] === reference,
    );
    const found = results.map((ticket) => ({ ...ticket, result_type: "ticket" }));
    return { status: 200, body: { results: found, count: found.length, next_page: null } };
  }

  #assign(ticket: Ticket, body: JsonObject): void {
    checkChoice(body, "status", statuses);
    checkChoice(body, "priority", priorities);
    for (const field of assigned) {
      const value = body[field];
      if (value !== undefined) ticket[field] = value;
    }
    if (body["comment"] !== undefined)
      ticket["comment_count"] = Number(ticket["comment_count"]) + 1;
    const given = new Map<Json, Json>();
    for (const field of listAt(body, "custom_fields") ?? []) {
      if (isJsonObject(field)) given.set(field["id"] ?? null, field["value"] ?? null);
    }
    ticket["custom_fields"] = (listAt(ticket, "custom_fields") ?? []).map((field) => {
      const id = isJsonObject(field) ? (field["id"] ?? null) : null;
      return { id, value: given.has(id) ? (given.get(id) ?? null) : valueIn(field) };
    });
  }

  #announce(ticket: Ticket, what: string, event: JsonObject): void {
    const detail = {
      status: upper(ticket["status"] ?? null),
      priority: upper(ticket["priority"] ?? null),
      subject: ticket["subject"] ?? null,
      type: upper(ticket["type"] ?? null),
      tags: ticket["tags"] ?? [],
      custom_fields: structuredClone(ticket["custom_fields"] ?? []),
      version: this.#versions.get(ticket.id) ?? 1,
    };
    announce(this.#world, ticketKind, ticket, { what, event, detail });
  }

  #record(effect: string, ticket: Ticket): void {
    recordEffect(this.#world, ticketKind, effect, ticket);
  }
}

function valueIn(field: Json | undefined): Json {
  return isJsonObject(field) ? (field["value"] ?? null) : null;
}

function upper(value: Json): Json {
  return typeof value === "string" ? value.toUpperCase() : value;
}

function checkChoice(body: JsonObject, field: string, choices: readonly string[]): void {
  const value = body[field];
  if (value === undefined || value === null) return;
  if (typeof value === "string" && choices.includes(value)) return;
  const label = field === "status" ? "Status" : "Priority";
  throw recordInvalid(field, `${label}: is not a valid value`, "InvalidValue");
}

function shown(status: number, ticket: Ticket): Reply {
  return { status, body: { ticket: structuredClone(ticket) } };
}
