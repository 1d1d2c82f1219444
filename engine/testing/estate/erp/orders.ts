import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { type EstateRequest, listAt, type Reply, type Routes, stringAt } from "../exchange.ts";
import { type Cents, centsOf, decimalOf, lineAmount, sumOf } from "../money.ts";
import { Shelf } from "../shelf.ts";
import { type Catalogue, unknownProduct } from "./catalogue.ts";
import { type Customers, unknownTerm } from "./customers.ts";
import { filtered, listed, type Office, type Stamped } from "./office.ts";
import {
  badRequest,
  bodyOf,
  centsAt,
  checkVersion,
  countAt,
  notFound,
  percentAt,
  refuse,
  textOf,
  textOrNull,
  type Violation,
} from "./refusal.ts";

export type Order = Stamped & {
  readonly number: string;
  readonly reference: string;
  readonly customer: string;
  readonly currency: string;
  readonly payment_term: string | null;
  readonly contract: string | null;
  readonly requested_on: string;
  readonly note: string | null;
  readonly lines: readonly OrderLine[];
  readonly total: string;
  /** What its lines cost acme. */
  readonly cost: string;
  state: "draft" | "confirmed" | "approved" | "cancelled";
  cancel_reason: string | null;
  invoiced: boolean;
};

type OrderLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price: string;
  readonly discount_percent: string;
  readonly amount: string;
};

interface Parts {
  readonly office: Office;
  readonly catalogue: Catalogue;
  readonly customers: Customers;
  readonly approvalMs: number;
  /** What follows an approval: milestones, entitlements, assets. */
  readonly approved: (order: Order) => void;
}

/** Sales orders: create, confirm, wait for approval, cancel. A reference may be used twice. */
export class Orders {
  readonly #parts: Parts;
  readonly #byNumber = new Map<string, Order>();
  readonly #byReference = new Shelf<Order>();
  readonly #byCustomer = new Shelf<Order>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  route(routes: Routes): void {
    routes
      .on("GET", "/orders", (request) =>
        listed(
          request,
          filtered(request, this.#asked(request), ["reference", "customer", "state"]),
          "number",
        ),
      )
      .on("GET", "/orders/:number", (_, { number }) => reply(200, this.must(number)))
      .on("POST", "/orders", (request) => reply(201, this.#create(bodyOf(request))))
      .on("POST", "/orders/:number/confirm", (request, { number }) =>
        this.#confirm(request, this.must(number)),
      )
      .on("POST", "/orders/:number/cancel", (request, { number }) =>
        this.#cancel(request, this.must(number)),
      );
  }

  get(number: string): Order | undefined {
    return this.#byNumber.get(number);
  }

  must(number = ""): Order {
    const order = this.#byNumber.get(number);
    if (order === undefined) throw notFound(`order: ${number}`);
    return order;
  }

  #asked({ query }: EstateRequest): Iterable<Order> {
    const reference = query.get("reference");
    return reference === null ? this.#byNumber.values() : this.#byReference.get(reference);
  }

  /** Confirmed and not yet invoiced. */
  openTotal(customer: string): Cents {
    const open = this.#byCustomer
      .get(customer)
      .filter(
        (order) => !order.invoiced && (order.state === "confirmed" || order.state === "approved"),
      );
    return sumOf(open.map((order) => centsOf(order.total) ?? 0));
  }

  #create(body: JsonObject): Order {
    const reference = textOf(body, "reference");
    const customer = textOf(body, "customer");
    const currency = textOf(body, "currency");
    const { customers, catalogue, office } = this.#parts;
    const known = customers.get(customer);
    if (known === undefined) throw refuse(unknownCustomer(customer));
    const term = stringAt(body, "payment_term") ?? known.payment_term;
    if (term !== null && !catalogue.knowsTerm(term)) throw refuse(unknownTerm(term));
    const lines = this.#lines(body);
    const total = sumOf(lines.map((line) => centsOf(line.amount) ?? 0));
    if (total !== centsAt(body, "total")) {
      const message = `the lines add up to ${decimalOf(total)}`;
      throw refuse({ code: "TOTAL_WRONG", message, field: "total" });
    }
    const order: Order = {
      number: office.number("SO"),
      reference,
      customer,
      currency,
      payment_term: term,
      contract: textOrNull(body, "contract"),
      requested_on: textOrNull(body, "requested_on") ?? office.today(),
      note: textOrNull(body, "note"),
      lines,
      total: decimalOf(total),
      cost: decimalOf(sumOf(lines.map((line) => this.#cost(line)))),
      state: "draft",
      cancel_reason: null,
      invoiced: false,
      ...office.stamp(),
    };
    this.#byNumber.set(order.number, order);
    this.#byReference.add(reference, order);
    this.#byCustomer.add(customer, order);
    this.#record("created", order);
    return order;
  }

  #lines(body: JsonObject): readonly OrderLine[] {
    const lines = listAt(body, "lines");
    if (lines === undefined) throw badRequest("lines", "lines is required, as a list");
    if (lines.length === 0) {
      throw refuse({ code: "NO_LINES", message: "an order needs a line", field: "lines" });
    }
    return lines.map((line, index) => {
      if (!isJsonObject(line)) throw badRequest(`lines[${index}]`, "a line is an object");
      const sku = textOf(line, "sku");
      if (this.#parts.catalogue.product(sku) === undefined) {
        throw refuse(unknownProduct(sku, index));
      }
      const quantity = countAt(line, "quantity");
      const price = centsAt(line, "unit_price");
      const discount = percentAt(line, "discount_percent");
      const amount = lineAmount(price, quantity, discount);
      if (amount !== centsAt(line, "amount")) {
        const message = `${quantity} × ${decimalOf(price)} less ${decimalOf(discount)} % is ${decimalOf(amount)}`;
        throw refuse({ code: "LINE_AMOUNT_WRONG", message, field: `lines[${index}].amount` });
      }
      return {
        sku,
        quantity,
        unit_price: decimalOf(price),
        discount_percent: decimalOf(discount),
        amount: decimalOf(amount),
      };
    });
  }

  #cost({ sku, quantity }: OrderLine): Cents {
    return quantity * (centsOf(this.#parts.catalogue.product(sku)?.cost_price ?? "0") ?? 0);
  }

  #confirm(request: EstateRequest, order: Order): Reply {
    checkVersion(bodyOf(request), order.version, false);
    if (order.state === "confirmed" || order.state === "approved") return reply(200, order);
    if (order.state !== "draft") throw wrongState(order);
    const [first, ...others] = this.#violations(order);
    if (first !== undefined) throw refuse(first, ...others);
    order.state = "confirmed";
    this.#parts.catalogue.reserve(order.lines, 1);
    this.#parts.office.touch(order);
    this.#record("confirmed", order);
    this.#parts.office.world.agenda.after(this.#parts.approvalMs, () => this.#approve(order));
    return reply(200, order);
  }

  #approve(order: Order): void {
    if (order.state !== "confirmed") return;
    order.state = "approved";
    this.#parts.office.touch(order);
    this.#record("approved", order);
    this.#parts.approved(order);
  }

  #cancel(request: EstateRequest, order: Order): Reply {
    const reason = textOf(bodyOf(request), "reason");
    if (order.state === "cancelled") return reply(200, order);
    if (order.invoiced) {
      const message = `order ${order.number} is invoiced: credit it instead`;
      throw refuse({ code: "ORDER_INVOICED", message });
    }
    if (order.state !== "draft") this.#parts.catalogue.reserve(order.lines, -1);
    order.state = "cancelled";
    order.cancel_reason = reason;
    this.#parts.office.touch(order);
    this.#record("cancelled", order);
    return reply(200, order);
  }

  #violations(order: Order): readonly Violation[] {
    const { customers, catalogue } = this.#parts;
    const found: Violation[] = [];
    const { holdReason, available } = customers.creditOf(order.customer);
    if (holdReason !== null) {
      found.push({ code: "CREDIT_HOLD", message: `customer is on credit hold: ${holdReason}` });
    } else if (available !== null && (centsOf(order.total) ?? 0) > available) {
      const message = `${order.total} exceeds the available credit of ${decimalOf(available)}`;
      found.push({ code: "CREDIT_LIMIT_EXCEEDED", message });
    }
    const { missing } = customers.taxOf(customers.must(order.customer));
    for (const field of missing) {
      const message = "no tax jurisdiction for the ship-to address";
      found.push({ code: "TAX_JURISDICTION_MISSING", message, field });
    }
    for (const line of catalogue.shortages(order.lines)) {
      for (const part of line.parts.filter((one) => one.short > 0)) {
        const message = `${part.sku}: ${part.required} needed, ${part.on_hand} available`;
        found.push({ code: "OUT_OF_STOCK", message, details: { line: line.sku, ...part } });
      }
    }
    return found;
  }

  #record(kind: string, order: Order): void {
    const { number: id, reference, total: amount, currency } = order;
    this.#parts.office.change("order", id, kind, order);
    this.#parts.office.world.ledger.record({
      system: "erp",
      effect: `order.${kind}`,
      id,
      reference,
      amount,
      currency,
      data: structuredClone(order),
    });
  }
}

export function unknownCustomer(customer: string): Violation {
  const message = `customer ${customer} does not exist`;
  return { code: "CUSTOMER_UNKNOWN", message, field: "customer" };
}

function wrongState(order: Order) {
  const message = `order ${order.number} is ${order.state}`;
  return refuse({ code: "WRONG_STATE", message, details: { state: order.state } });
}

function reply(status: number, order: Order): Reply {
  return { status, body: structuredClone(order) };
}
