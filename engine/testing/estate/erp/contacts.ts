import type { JsonObject } from "../../../model/json.ts";
import type { EstateRequest, Reply, Routes } from "../exchange.ts";
import type { Customers } from "./customers.ts";
import { filtered, listed, type Office, type Stamped } from "./office.ts";
import {
  badRequest,
  bodyOf,
  checkVersion,
  notFound,
  refuse,
  textOf,
  textOrNull,
} from "./refusal.ts";

// A type and not an interface: only type aliases are JSON objects to the checker.
export type Contact = Stamped & {
  readonly code: string;
  name: string;
  customer: string;
  email: string | null;
  phone: string | null;
  role: string | null;
  external_ref: string | null;
  active: boolean;
  no_marketing: boolean;
};

const texts = ["email", "phone", "role", "external_ref"] as const;
const flags = ["active", "no_marketing"] as const;

/** People at customers. Like its customers, the ERP takes the same one twice without a word. */
export class Contacts {
  readonly #office: Office;
  readonly #customers: Customers;
  readonly #byCode = new Map<string, Contact>();

  constructor(office: Office, customers: Customers) {
    this.#office = office;
    this.#customers = customers;
  }

  route(routes: Routes): void {
    const fields = ["code", "customer", "email", "external_ref"];
    routes
      .on("GET", "/contacts", (request) =>
        listed(request, filtered(request, this.#byCode.values(), fields), "code"),
      )
      .on("GET", "/contacts/:code", (_, { code }) => shown(200, this.must(code)))
      .on("POST", "/contacts", (request) => shown(201, this.create(bodyOf(request))))
      .on("PATCH", "/contacts/:code", (request, { code }) => this.#update(request, code));
  }

  all(): readonly Contact[] {
    return [...this.#byCode.values()];
  }

  must(code = ""): Contact {
    const contact = this.#byCode.get(code);
    if (contact === undefined) throw notFound(`contact: ${code}`);
    return contact;
  }

  create(body: JsonObject): Contact {
    const contact: Contact = {
      code: this.#office.number("P"),
      name: textOf(body, "name"),
      customer: this.#customerOf(textOf(body, "customer")),
      email: null,
      phone: null,
      role: null,
      external_ref: null,
      active: true,
      no_marketing: false,
      ...this.#office.stamp(),
    };
    assign(contact, body);
    this.#byCode.set(contact.code, contact);
    this.#record("created", contact);
    return contact;
  }

  #update(request: EstateRequest, code: string | undefined): Reply {
    const contact = this.must(code);
    const body = bodyOf(request);
    checkVersion(body, contact.version, true);
    if (body["name"] !== undefined) contact.name = textOf(body, "name");
    if (body["customer"] !== undefined) {
      contact.customer = this.#customerOf(textOf(body, "customer"));
    }
    assign(contact, body);
    this.#office.touch(contact);
    this.#record("updated", contact);
    return shown(200, contact);
  }

  #customerOf(code: string): string {
    if (this.#customers.get(code) !== undefined) return code;
    const message = `customer ${code} does not exist`;
    throw refuse({ code: "CUSTOMER_UNKNOWN", message, field: "customer" });
  }

  #record(kind: "created" | "updated", contact: Contact): void {
    this.#office.change("contact", contact.code, kind, contact);
    if (this.#office.by === "system") return;
    this.#office.world.ledger.record({
      system: "erp",
      effect: `contact.${kind}`,
      id: contact.code,
      reference: contact.external_ref,
      data: structuredClone(contact),
    });
  }
}

function assign(contact: Contact, body: JsonObject): void {
  for (const field of texts) {
    if (body[field] !== undefined) contact[field] = textOrNull(body, field);
  }
  for (const field of flags) {
    const value = body[field];
    if (value === undefined) continue;
    if (typeof value !== "boolean") throw badRequest(field, `${field} is neither true nor false`);
    contact[field] = value;
  }
}

function shown(status: number, contact: Contact): Reply {
  return { status, body: structuredClone(contact) };
}
