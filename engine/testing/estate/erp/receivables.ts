import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { type EstateRequest, listAt, type Reply, type Routes } from "../exchange.ts";
import { type Cents, centsOf, decimalOf, sumOf } from "../money.ts";
import type { Customers } from "./customers.ts";
import { filtered, listed, type Office, type Stamped } from "./office.ts";
import { type Orders, unknownCustomer } from "./orders.ts";
import {
  badRequest,
  bodyOf,
  centsAt,
  notFound,
  refuse,
  textOf,
  textOrNull,
  type Violation,
} from "./refusal.ts";

export type Invoice = Stamped & {
  readonly number: string;
  readonly reference: string;
  readonly customer: string;
  readonly order: string | null;
  readonly currency: string;
  readonly issued_on: string;
  readonly lines: readonly JsonObject[];
  readonly net: string;
  readonly tax: string;
  readonly total: string;
  open_amount: string;
  state: "draft" | "posted" | "paid";
  posted_on: string | null;
  dispute_status: string;
  dispute_case: string | null;
};

/** A receipt or a credit memo. */
type Entry = Stamped & {
  readonly number: string;
  readonly reference: string;
  readonly invoice: string;
  readonly amount: string;
  readonly currency: string;
};

const disputes = ["none", "disputed", "service-exception"];
const receiptKinds = ["payment", "refund", "chargeback", "failed"];

/** Invoices, what was received on them, and credit given. */
export class Receivables {
  readonly #office: Office;
  readonly #customers: Customers;
  readonly #orders: Orders;
  readonly #invoices = new Map<string, Invoice>();
  readonly #receipts: Entry[] = [];
  readonly #memos: Entry[] = [];
  readonly #closed = new Map<string, string>();

  constructor(office: Office, customers: Customers, orders: Orders) {
    this.#office = office;
    this.#customers = customers;
    this.#orders = orders;
  }

  route(routes: Routes): void {
    routes
      .on("GET", "/invoices", (request) => {
        const fields = ["reference", "customer", "order", "state", "posted_on"];
        const found = filtered(request, this.#invoices.values(), fields);
        const isAsked = request.query.get("disputed") === "true";
        return listed(
          request,
          isAsked ? found.filter(({ dispute_status }) => dispute_status !== "none") : found,
          "number",
        );
      })
      .on("GET", "/invoices/:number", (_, { number }) => shown(200, this.#must(number)))
      .on("POST", "/invoices", (request) => shown(201, this.#create(bodyOf(request))))
      .on("POST", "/invoices/:number/post", (request, { number }) =>
        this.#post(this.#must(number), textOrNull(bodyOf(request), "on")),
      )
      .on("POST", "/invoices/:number/dispute", (request, { number }) =>
        this.#dispute(request, this.#must(number)),
      )
      .on("GET", "/receipts", (request) =>
        listed(request, filtered(request, this.#receipts, ["reference", "invoice"]), "number"),
      )
      .on("POST", "/receipts", (request) => this.#receive(bodyOf(request)))
      .on("GET", "/credit-memos", (request) =>
        listed(
          request,
          filtered(request, this.#memos, ["reference", "invoice", "issued_on"]),
          "number",
        ),
      )
      .on("POST", "/credit-memos", (request) => this.#credit(bodyOf(request)));
  }

  /** Closes a month, such as `2026-10`, until a date. */
  closePeriod(month: string, reopensOn: string): void {
    this.#closed.set(month, reopensOn);
  }

  reopenPeriod(month: string): void {
    this.#closed.delete(month);
  }

  openTotal(customer: string): Cents {
    const posted = [...this.#invoices.values()].filter(
      (invoice) => invoice.customer === customer && invoice.state === "posted",
    );
    return sumOf(posted.map((invoice) => centsOf(invoice.open_amount) ?? 0));
  }

  #create(body: JsonObject): Invoice {
    const reference = textOf(body, "reference");
    const customer = textOf(body, "customer");
    if (this.#customers.get(customer) === undefined) throw refuse(unknownCustomer(customer));
    const order = textOrNull(body, "order");
    if (order !== null) this.#orders.must(order);
    const lines = (listAt(body, "lines") ?? []).map((line, index) => {
      if (!isJsonObject(line)) throw badRequest(`lines[${index}]`, "a line is an object");
      const [net, tax] = [centsAt(line, "net"), centsAt(line, "tax")];
      const what = { description: textOf(line, "description"), sku: textOrNull(line, "sku") };
      return { ...what, net, tax };
    });
    const net = sumOf(lines.map((line) => line.net));
    const tax = sumOf(lines.map((line) => line.tax));
    for (const [field, sum] of Object.entries({ net, tax, total: net + tax })) {
      if (sum !== centsAt(body, field)) throw refuse(wrongTotal(field, sum));
    }
    const invoice: Invoice = {
      number: this.#office.number("INV"),
      reference,
      customer,
      order,
      currency: textOf(body, "currency"),
      issued_on: textOf(body, "issued_on"),
      lines: lines.map((line) => ({
        ...line,
        net: decimalOf(line.net),
        tax: decimalOf(line.tax),
      })),
      net: decimalOf(net),
      tax: decimalOf(tax),
      total: decimalOf(net + tax),
      open_amount: decimalOf(net + tax),
      state: "draft",
      posted_on: null,
      dispute_status: "none",
      dispute_case: null,
      ...this.#office.stamp(),
    };
    this.#invoices.set(invoice.number, invoice);
    this.#record("created", invoice);
    return invoice;
  }

  /** A person of finance posts an invoice in the ERP's own screens. */
  postByHand(reference: string): void {
    const invoice = [...this.#invoices.values()].find((one) => one.reference === reference);
    if (invoice === undefined) throw new TypeError(`no invoice ${reference} in the ERP`);
    this.#post(invoice, null);
  }

  #post(invoice: Invoice, day: string | null): Reply {
    if (invoice.state !== "draft") return shown(200, invoice);
    const on = day ?? invoice.issued_on;
    const reopens = this.#closed.get(on.slice(0, 7));
    if (reopens !== undefined) {
      const message = `period ${on.slice(0, 7)} is closed until ${reopens}`;
      throw refuse({ code: "PERIOD_CLOSED", message, details: { reopens_on: reopens } });
    }
    invoice.state = "posted";
    invoice.posted_on = on;
    const order = invoice.order === null ? undefined : this.#orders.get(invoice.order);
    if (order !== undefined) order.invoiced = true;
    this.#touched("posted", invoice);
    return shown(200, invoice);
  }

  #dispute(request: EstateRequest, invoice: Invoice): Reply {
    const body = bodyOf(request);
    const status = oneOf(body, "status", disputes);
    const about = textOrNull(body, "case");
    if (invoice.dispute_status === status && invoice.dispute_case === about) {
      return shown(200, invoice);
    }
    invoice.dispute_status = status;
    invoice.dispute_case = about;
    this.#touched("disputed", invoice);
    return shown(200, invoice);
  }

  #receive(body: JsonObject): Reply {
    const invoice = this.#named(body);
    if (invoice.state === "draft") {
      const message = `invoice ${invoice.number} is not posted`;
      throw refuse({ code: "INVOICE_NOT_POSTED", message, field: "invoice" });
    }
    const kind = oneOf(body, "kind", receiptKinds);
    const amount = centsAt(body, "amount");
    const open = centsOf(invoice.open_amount) ?? 0;
    const after = kind === "failed" ? open : kind === "payment" ? open - amount : open + amount;
    if (after < 0) throw refuse(tooHigh(`${decimalOf(open)} is open`));
    const receipt = this.#entry("RC", invoice, body, {
      kind,
      received_on: textOf(body, "received_on"),
    });
    this.#receipts.push(receipt);
    this.#recordEntry("receipt.created", receipt);
    if (after !== open) {
      invoice.open_amount = decimalOf(after);
      invoice.state = after === 0 ? "paid" : "posted";
      this.#touched(after === 0 ? "paid" : "updated", invoice);
    }
    return { status: 201, body: { ...receipt } };
  }

  #credit(body: JsonObject): Reply {
    const invoice = this.#named(body);
    const amount = centsAt(body, "amount");
    const before = this.#memos.filter((memo) => memo.invoice === invoice.number);
    const given = sumOf(before.map((memo) => centsOf(memo.amount) ?? 0));
    const total = centsOf(invoice.total) ?? 0;
    if (given + amount > total) throw refuse(tooHigh(`${decimalOf(total - given)} is left`));
    const memo = this.#entry("CM", invoice, body, {
      customer: invoice.customer,
      case: textOrNull(body, "case"),
      issued_on: textOrNull(body, "issued_on") ?? this.#office.today(),
    });
    this.#memos.push(memo);
    this.#recordEntry("credit-memo.created", memo);
    const open = centsOf(invoice.open_amount) ?? 0;
    if (open > 0) {
      invoice.open_amount = decimalOf(Math.max(0, open - amount));
      if (open <= amount && invoice.state === "posted") invoice.state = "paid";
      this.#touched("updated", invoice);
    }
    return { status: 201, body: { ...memo } };
  }

  #entry(series: string, invoice: Invoice, body: JsonObject, more: JsonObject): Entry {
    return {
      number: this.#office.number(series),
      reference: textOf(body, "reference"),
      invoice: invoice.number,
      amount: decimalOf(centsAt(body, "amount")),
      currency: textOf(body, "currency"),
      ...more,
      ...this.#office.stamp(),
    };
  }

  #named(body: JsonObject): Invoice {
    const number = textOf(body, "invoice");
    const invoice = this.#invoices.get(number);
    if (invoice !== undefined) return invoice;
    const message = `invoice ${number} does not exist`;
    throw refuse({ code: "INVOICE_UNKNOWN", message, field: "invoice" });
  }

  #must(number = ""): Invoice {
    const invoice = this.#invoices.get(number);
    if (invoice === undefined) throw notFound(`invoice: ${number}`);
    return invoice;
  }

  #touched(kind: string, invoice: Invoice): void {
    this.#office.touch(invoice);
    this.#record(kind, invoice);
  }

  #record(kind: string, invoice: Invoice): void {
    const { number: id, reference, total: amount, currency } = invoice;
    this.#office.change("invoice", id, kind, invoice);
    this.#office.world.ledger.record({
      system: "erp",
      effect: `invoice.${kind}`,
      id,
      reference,
      amount,
      currency,
      data: structuredClone(invoice),
    });
  }

  #recordEntry(effect: string, entry: Entry): void {
    const { number: id, reference, amount, currency } = entry;
    const data = { ...entry };
    const what = { effect, id, reference, amount, currency, data };
    this.#office.world.ledger.record({ system: "erp", ...what });
  }
}

function oneOf(body: JsonObject, field: string, choices: readonly string[]): string {
  const value = textOf(body, field);
  if (choices.includes(value)) return value;
  throw badRequest(field, `${field} is one of ${choices.join(", ")}`);
}

function wrongTotal(field: string, sum: Cents): Violation {
  return { code: "TOTAL_WRONG", message: `the lines add up to ${decimalOf(sum)}`, field };
}

function tooHigh(message: string): Violation {
  return { code: "AMOUNT_TOO_HIGH", message, field: "amount" };
}

function shown(status: number, invoice: Invoice): Reply {
  return { status, body: structuredClone(invoice) };
}
