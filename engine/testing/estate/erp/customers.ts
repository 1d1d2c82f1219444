import type { JsonObject } from "../../../model/json.ts";
import { type EstateRequest, objectAt, type Reply, type Routes, stringAt } from "../exchange.ts";
import { type Cents, decimalOf } from "../money.ts";
import type { Catalogue } from "./catalogue.ts";
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
export type Customer = Stamped & {
  readonly code: string;
  name: string;
  legal_name: string;
  tax_id: string | null;
  currency: string;
  payment_term: string | null;
  parent: string | null;
  email: string | null;
  external_ref: string | null;
  tier: string | null;
  status: string;
  dispute_status: string;
  ship_to: Address;
  bill_to: Address;
};

type Address = {
  street: string | null;
  city: string | null;
  region: string | null;
  postal_code: string | null;
  country: string | null;
};

interface Credit {
  /** Null is unlimited. */
  limit: Cents | null;
  holdReason: string | null;
}

/** Amounts that other departments know of. */
export interface Exposure {
  openOrders(customer: string): Cents;
  openReceivables(customer: string): Cents;
}

const usualLimit: Cents = 2_500_000;
const changeable = ["name", "legal_name", "tax_id", "currency", "payment_term", "parent"] as const;
const extras = ["email", "external_ref", "tier", "status", "dispute_status"] as const;

/** Customers and their credit. Like most ERPs it takes the same customer twice without a word. */
export class Customers {
  readonly #office: Office;
  readonly #catalogue: Catalogue;
  readonly #exposure: Exposure;
  readonly #byCode = new Map<string, Customer>();
  readonly #credit = new Map<string, Credit>();

  constructor(office: Office, catalogue: Catalogue, exposure: Exposure) {
    this.#office = office;
    this.#catalogue = catalogue;
    this.#exposure = exposure;
  }

  route(routes: Routes): void {
    const fields = ["code", "tax_id", "name", "external_ref", "parent"];
    routes
      .on("GET", "/customers", (request) =>
        listed(request, filtered(request, this.#byCode.values(), fields), "code"),
      )
      .on("GET", "/customers/:code", (_, { code }) => this.#reply(200, this.must(code)))
      .on("POST", "/customers", (request) => this.#reply(201, this.create(bodyOf(request))))
      .on("PATCH", "/customers/:code", (request, { code }) => this.#update(request, code))
      .on("GET", "/customers/:code/credit", (_, { code }) => this.#creditReply(this.must(code)))
      .on("GET", "/customers/:code/tax", (_, { code }) => this.#taxReply(this.must(code)));
  }

  get(code: string): Customer | undefined {
    return this.#byCode.get(code);
  }

  must(code = ""): Customer {
    const customer = this.#byCode.get(code);
    if (customer === undefined) throw notFound(`customer: ${code}`);
    return customer;
  }

  create(body: JsonObject): Customer {
    const name = textOf(body, "name");
    const shipTo = objectAt(body, "ship_to");
    if (shipTo === undefined) throw badRequest("ship_to", "ship_to is required, as an object");
    const currency = textOf(body, "currency");
    this.#checkReferences(body);
    const customer: Customer = {
      code: this.#office.number("C"),
      name,
      legal_name: textOrNull(body, "legal_name") ?? name,
      tax_id: textOrNull(body, "tax_id"),
      currency,
      payment_term: textOrNull(body, "payment_term"),
      parent: textOrNull(body, "parent"),
      email: textOrNull(body, "email"),
      external_ref: textOrNull(body, "external_ref"),
      tier: textOrNull(body, "tier"),
      status: "active",
      dispute_status: "none",
      ship_to: addressOf(shipTo),
      bill_to: addressOf(objectAt(body, "bill_to") ?? shipTo),
      ...this.#office.stamp(),
    };
    this.#byCode.set(customer.code, customer);
    this.#credit.set(customer.code, { limit: usualLimit, holdReason: null });
    this.#record("created", customer);
    return customer;
  }

  /** Finance's doing, in the ERP's own screens. */
  setCredit(code: string, credit: Partial<Credit>): void {
    const known = this.#credit.get(code) ?? { limit: usualLimit, holdReason: null };
    this.#credit.set(code, { ...known, ...credit });
  }

  /** Finance takes a registered name over from the commercial register. */
  setLegalName(code: string, name: string): void {
    const customer = this.must(code);
    customer.legal_name = name;
    this.#office.touch(customer);
    this.#record("updated", customer);
  }

  creditOf(code: string) {
    const { limit, holdReason } = this.#credit.get(code) ?? { limit: null, holdReason: null };
    const openOrders = this.#exposure.openOrders(code);
    const openReceivables = this.#exposure.openReceivables(code);
    const available = limit === null ? null : limit - openOrders - openReceivables;
    return { limit, holdReason, openOrders, openReceivables, available };
  }

  taxOf(customer: Customer): { readonly set: JsonObject | undefined; readonly missing: string[] } {
    const { country, region } = customer.ship_to;
    const set = this.#catalogue.jurisdiction(country, region);
    if (set !== undefined) return { set, missing: [] };
    return { set, missing: [country === null ? "ship_to.country" : "ship_to.region"] };
  }

  #update(request: EstateRequest, code: string | undefined): Reply {
    const customer = this.must(code);
    const body = bodyOf(request);
    checkVersion(body, customer.version, true);
    this.#checkReferences(body);
    for (const field of [...changeable, ...extras]) {
      if (body[field] === undefined) continue;
      Object.assign(customer, { [field]: textOrNull(body, field) });
    }
    for (const field of ["ship_to", "bill_to"] as const) {
      const address = objectAt(body, field);
      if (address !== undefined) customer[field] = addressOf({ ...customer[field], ...address });
    }
    this.#office.touch(customer);
    this.#record("updated", customer);
    return this.#reply(200, customer);
  }

  #checkReferences(body: JsonObject): void {
    const term = stringAt(body, "payment_term");
    if (term !== undefined && !this.#catalogue.knowsTerm(term)) throw refuse(unknownTerm(term));
    const parent = stringAt(body, "parent");
    if (parent !== undefined && !this.#byCode.has(parent)) {
      const message = `parent customer ${parent} does not exist`;
      throw refuse({ code: "PARENT_UNKNOWN", message, field: "parent" });
    }
  }

  #creditReply(customer: Customer): Reply {
    const { limit, holdReason, openOrders, openReceivables, available } = this.creditOf(
      customer.code,
    );
    const body = {
      customer: customer.code,
      currency: customer.currency,
      credit_limit: limit === null ? null : decimalOf(limit),
      open_orders: decimalOf(openOrders),
      open_receivables: decimalOf(openReceivables),
      available: available === null ? null : decimalOf(available),
      hold: holdReason !== null,
      hold_reason: holdReason,
    };
    return { status: 200, body };
  }

  #taxReply(customer: Customer): Reply {
    const { set, missing } = this.taxOf(customer);
    const jurisdiction = set?.["code"] ?? null;
    const body = { customer: customer.code, jurisdiction, rate: set?.["rate"] ?? null, missing };
    return { status: 200, body };
  }

  #record(kind: "created" | "updated", customer: Customer): void {
    this.#office.change("customer", customer.code, kind, customer);
    if (this.#office.by === "system") return;
    const { code: id, external_ref, tax_id } = customer;
    this.#office.world.ledger.record({
      system: "erp",
      effect: `customer.${kind}`,
      id,
      reference: external_ref ?? tax_id,
      data: structuredClone(customer),
    });
  }

  #reply(status: number, customer: Customer): Reply {
    return { status, body: structuredClone(customer) };
  }
}

export function unknownTerm(term: string) {
  const message = `payment term ${term} is not set up`;
  return { code: "PAYMENT_TERM_UNKNOWN", message, field: "payment_term" };
}

function addressOf(body: JsonObject): Address {
  return {
    street: textOrNull(body, "street"),
    city: textOrNull(body, "city"),
    region: textOrNull(body, "region"),
    postal_code: textOrNull(body, "postal_code"),
    country: textOrNull(body, "country"),
  };
}
