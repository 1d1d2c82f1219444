import type { Json, JsonObject } from "../../../model/json.ts";
import { objectAt, type Reply, type Routes, stringAt } from "../exchange.ts";
import type { World } from "../world.ts";
import { paged } from "./pages.ts";
import { bodyOf, recordInvalid, recordNotFound } from "./refusal.ts";

/** Fields that acme defined for organizations; others are ignored, as the vendor does. */
const organizationFields = [
  "entitlement_plan",
  "entitlement_starts",
  "entitlement_ends",
  "sla_tier",
  "implementation_service",
  "erp_customer",
  "contract",
];
const ownFields = ["name", "external_id", "details", "notes", "domain_names", "tags"];

export type Organization = Record<string, Json> & { readonly id: number };

/** Customers of the support desk, with what they are entitled to. */
export class Organizations {
  readonly #world: World;
  readonly #url: () => string;
  readonly #byId = new Map<number, Organization>();

  constructor(world: World, url: () => string) {
    this.#world = world;
    this.#url = url;
  }

  route(routes: Routes): void {
    const all = () => [...this.#byId.values()];
    routes
      .on("GET", "/organizations", (request) => paged(request, "organizations", all(), this.#url()))
      .on("GET", "/organizations/search", (request) => {
        const name = request.query.has("external_id") ? "external_id" : "name";
        const wanted = request.query.get(name) ?? "";
        const organizations = all().filter((one) => one[name] === wanted);
        return { status: 200, body: { organizations, count: organizations.length } };
      })
      .on("POST", "/organizations/create_or_update", (request) => {
        const body = bodyOf(request, "organization");
        const known = this.find("external_id", stringAt(body, "external_id") ?? null);
        return known === undefined ? this.#create(body) : this.#update(known, body);
      })
      .on("POST", "/organizations", (request) => this.#create(bodyOf(request, "organization")))
      .on("GET", "/organizations/:id", (_, { id }) => shown(200, this.must(id)))
      .on("PUT", "/organizations/:id", (request, { id }) =>
        this.#update(this.must(id), bodyOf(request, "organization")),
      );
  }

  find(field: string, value: Json): Organization | undefined {
    if (value === null) return undefined;
    return [...this.#byId.values()].find((one) => one[field] === value);
  }

  must(id: string | number = ""): Organization {
    const found = this.#byId.get(Number(id));
    if (found === undefined) throw recordNotFound();
    return found;
  }

  #create(body: JsonObject): Reply {
    const name = stringAt(body, "name");
    if (name === undefined) throw recordInvalid("name", "Name: cannot be blank", "BlankValue");
    this.#checkUnique(body, undefined);
    const id = 7_000_001 + this.#byId.size;
    const now = new Date(this.#world.agenda.now()).toISOString();
    const organization: Organization = {
      url: `${this.#url()}/api/v2/organizations/${id}.json`,
      id,
      name,
      external_id: null,
      details: null,
      notes: null,
      domain_names: [],
      tags: [],
      organization_fields: Object.fromEntries(organizationFields.map((field) => [field, null])),
      shared_tickets: false,
      created_at: now,
      updated_at: now,
    };
    this.#assign(organization, body);
    this.#byId.set(id, organization);
    this.#record("created", organization);
    return shown(201, organization);
  }

  #update(organization: Organization, body: JsonObject): Reply {
    this.#checkUnique(body, organization);
    this.#assign(organization, body);
    organization["updated_at"] = new Date(this.#world.agenda.now()).toISOString();
    this.#record("updated", organization);
    return shown(200, organization);
  }

  #assign(organization: Organization, body: JsonObject): void {
    for (const field of ownFields) {
      const value = body[field];
      if (value !== undefined) organization[field] = value;
    }
    const given = objectAt(body, "organization_fields") ?? {};
    const known = organizationFields.filter((field) => given[field] !== undefined);
    organization["organization_fields"] = {
      ...objectAt(organization, "organization_fields"),
      ...Object.fromEntries(known.map((field) => [field, given[field] ?? null])),
    };
  }

  #checkUnique(body: JsonObject, self: Organization | undefined): void {
    for (const field of ["name", "external_id"]) {
      const value = stringAt(body, field);
      const other = value === undefined ? undefined : this.find(field, value);
      if (other === undefined || other === self) continue;
      const label = field === "name" ? "Name" : "External ID";
      throw recordInvalid(field, `${label}: has already been taken`, "DuplicateValue");
    }
  }

  #record(kind: string, organization: Organization): void {
    this.#world.ledger.record({
      system: "support",
      effect: `organization.${kind}`,
      id: String(organization.id),
      reference: stringAt(organization, "external_id") ?? null,
      data: structuredClone(organization),
    });
  }
}

function shown(status: number, organization: Organization): Reply {
  return { status, body: { organization: structuredClone(organization) } };
}
