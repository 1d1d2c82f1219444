import type { Json, JsonObject } from "../../../model/json.ts";
import { type EstateRequest, objectAt, type Reply, type Routes, stringAt } from "../exchange.ts";
import type { World } from "../world.ts";
import { announce, recordEffect, timeIn, userKind } from "./events.ts";
import type { Organizations } from "./organizations.ts";
import { changedSince, paged } from "./pages.ts";
import { bodyOf, recordInvalid, recordNotFound } from "./refusal.ts";

/** Fields that acme defined for people; others are ignored, as the vendor does. */
const userFields = ["no_marketing"];
const ownFields = ["name", "email", "phone", "external_id", "organization_id", "suspended"];

export type User = Record<string, Json> & { readonly id: number };

/** People who ask the support desk, and an event for each change of one. */
export class Users {
  readonly #world: World;
  readonly #organizations: Organizations;
  readonly #url: () => string;
  readonly #byId = new Map<number, User>();

  constructor(world: World, organizations: Organizations, url: () => string) {
    this.#world = world;
    this.#organizations = organizations;
    this.#url = url;
  }

  route(routes: Routes): void {
    const all = () => [...this.#byId.values()];
    routes
      .on("GET", "/users", (request) => paged(request, "users", all(), this.#url()))
      .on("GET", "/users/:id", (_, { id }) => shown(200, this.must(id)))
      .on("PUT", "/users/:id", (request, { id }) => this.#put(request, id))
      .on("GET", "/incremental/users/cursor", (request) => changedSince(request, "users", all()));
  }

  must(id: string | number = ""): User {
    const found = this.#byId.get(Number(id));
    if (found === undefined) throw recordNotFound();
    return found;
  }

  create(body: JsonObject, by: "api" | "person"): User {
    const name = stringAt(body, "name");
    if (name === undefined) throw recordInvalid("name", "Name: cannot be blank", "BlankValue");
    this.#checkEmail(body, undefined);
    const id = 8_000_001 + this.#byId.size;
    const now = timeIn(this.#world);
    const user: User = {
      url: `${this.#url()}/api/v2/users/${id}.json`,
      id,
      name,
      email: null,
      phone: null,
      external_id: null,
      organization_id: null,
      role: "end-user",
      active: true,
      suspended: false,
      user_fields: Object.fromEntries(userFields.map((field) => [field, null])),
      created_at: now,
      updated_at: now,
    };
    this.#assign(user, body);
    this.#byId.set(id, user);
    if (by === "api") this.#record("created", user);
    this.#announce(user, "created", {});
    return user;
  }

  update(user: User, body: JsonObject, by: "api" | "person"): void {
    this.#checkEmail(body, user);
    const before = structuredClone(user);
    this.#assign(user, body);
    user["updated_at"] = timeIn(this.#world);
    if (by === "api") this.#record("updated", user);
    for (const field of [...ownFields, "user_fields"]) {
      const [previous, current] = [before[field] ?? null, user[field] ?? null];
      if (JSON.stringify(previous) === JSON.stringify(current)) continue;
      const what = field === "user_fields" ? "custom_field" : field;
      this.#announce(user, `${what}_changed`, { previous, current });
    }
  }

  #put(request: EstateRequest, id: string | undefined): Reply {
    const user = this.must(id);
    this.update(user, bodyOf(request, "user"), "api");
    return shown(200, user);
  }

  #assign(user: User, body: JsonObject): void {
    const organization = body["organization_id"] ?? null;
    if (organization !== null) this.#organizations.must(Number(organization));
    for (const field of ownFields) {
      const value = body[field];
      if (value !== undefined) user[field] = value;
    }
    const given = objectAt(body, "user_fields") ?? {};
    const known = userFields.filter((field) => given[field] !== undefined);
    user["user_fields"] = {
      ...objectAt(user, "user_fields"),
      ...Object.fromEntries(known.map((field) => [field, given[field] ?? null])),
    };
  }

  #checkEmail(body: JsonObject, self: User | undefined): void {
    const email = stringAt(body, "email");
    const taken = [...this.#byId.values()].some(
      (one) => one !== self && email !== undefined && one["email"] === email,
    );
    if (taken)
      throw recordInvalid("email", `Email: ${email} is already being used`, "DuplicateValue");
  }

  #announce(user: User, what: string, event: JsonObject): void {
    const detail = {
      email: user["email"] ?? null,
      role: user["role"] ?? null,
    };
    announce(this.#world, userKind, user, { what, event, detail });
  }

  #record(effect: string, user: User): void {
    recordEffect(this.#world, userKind, effect, user);
  }
}

function shown(status: number, user: User): Reply {
  return { status, body: { user: structuredClone(user) } };
}
