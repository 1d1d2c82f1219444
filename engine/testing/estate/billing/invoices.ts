import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { type EstateRequest, type Reply, type Routes, stringAt } from "../exchange.ts";
import { decodeForm } from "./form.ts";
import { costOf } from "./prices.ts";
import {
  type BillingObject,
  type BillingRecords,
  isCreatedAsAsked,
  listed,
  merged,
  searched,
} from "./records.ts";
import { integerAt, invalid, required } from "./refusal.ts";

/** VAT by country, in hundredths of a percent. Where none is known, no tax is added. */
const taxRates: Readonly<Record<string, number>> = { DE: 1900, FR: 2000, NL: 2100, GB: 2000 };

/** Lines that an invoice carries itself; the rest are read by `/lines`. */
const shownLines = 10;

/** Invoices: drafts and their lines, finalising, and the holds on them. */
export class Invoices {
  readonly #records: BillingRecords;
  readonly #finalizeMs: number;
  readonly #lines = new Map<string, JsonObject[]>();
  #numbers = 0;

  constructor(records: BillingRecords, finalizeMs: number) {
    this.#records = records;
    this.#finalizeMs = finalizeMs;
  }

  route(routes: Routes): void {
    const records = this.#records;
    routes
      .on("POST", "/invoices", (request) => this.#create(decodeForm(request.text)))
      .on("POST", "/invoiceitems", (request) => this.#addItem(decodeForm(request.text)))
      .on("GET", "/invoices", (request) => this.#list(request))
      .on("GET", "/invoices/search", (request) => searched(request, records.all("invoice")))
      .on("GET", "/invoices/:id", (_, { id }) => shown(records.must("invoice", id)))
      .on("POST", "/invoices/:id", (request, { id }) => this.#update(request, id))
      .on("GET", "/invoices/:id/lines", (request, { id }) =>
        listed(request, this.#lines.get(records.must("invoice", id).id) ?? []),
      )
      .on("POST", "/invoices/:id/finalize", (_, { id }) => {
        const invoice = records.must("invoice", id);
        if (invoice["status"] !== "draft") throw invalid("This invoice is already finalized.");
        this.finalize(invoice);
        return shown(invoice);
      })
      .on("POST", "/invoices/:id/void", (_, { id }) => {
        const invoice = records.must("invoice", id);
        if (invoice["status"] !== "open") throw invalid("You can only void open invoices.");
        const before = objectOf(invoice["status_transitions"]);
        const status_transitions = { ...before, voided_at: records.now() };
        records.update(invoice, "invoice.voided", { status: "void", status_transitions });
        records.record("invoice.voided", invoice);
        return shown(invoice);
      });
  }

  draft(customer: BillingObject, values: JsonObject): BillingObject {
    const invoice = this.#records.add("invoice", {
      customer: customer.id,
      customer_name: customer["name"] ?? null,
      customer_email: customer["email"] ?? null,
      number: null,
      status: "draft",
      currency: "eur",
      auto_advance: false,
      billing_reason: "manual",
      subscription: null,
      charge: null,
      description: null,
      attempt_count: 0,
      amount_paid: 0,
      due_date: null,
      metadata: {},
      status_transitions: { finalized_at: null, paid_at: null, voided_at: null },
      ...values,
    });
    this.#lines.set(invoice.id, []);
    this.#total(invoice);
    return invoice;
  }

  /** The first invoice of a subscription, finalised at once. Returns its id. */
  ofSubscription(subscription: BillingObject, items: readonly JsonObject[]): string {
    const customer = this.#records.must("customer", stringAt(subscription, "customer"));
    const invoice = this.draft(customer, {
      subscription: subscription.id,
      currency: subscription["currency"] ?? "eur",
      billing_reason: "subscription_create",
      auto_advance: true,
      metadata: subscription["metadata"] ?? {},
    });
    const period = {
      start: subscription["current_period_start"] ?? null,
      end: subscription["current_period_end"] ?? null,
    };
    for (const item of items) {
      const { price, quantity } = item;
      const of = isJsonObject(price) ? price : {};
      const what = stringAt(of, "nickname") ?? "subscription";
      this.addLine(invoice, costOf(item), {
        description: what,
        type: "subscription",
        price: of,
        quantity: quantity ?? 1,
        period,
      });
    }
    this.#records.announce("invoice.created", invoice);
    this.finalize(invoice);
    return invoice.id;
  }

  addLine(invoice: BillingObject, amount: number, values: JsonObject): void {
    const customer = this.#records.must("customer", stringAt(invoice, "customer"));
    const address = customer["address"];
    const country = isJsonObject(address) ? (stringAt(address, "country") ?? "") : "";
    const tax = Math.round((amount * (taxRates[country] ?? 0)) / 10_000);
    const line = {
      id: this.#records.id("il"),
      object: "line_item",
      amount,
      currency: invoice["currency"] ?? "eur",
      invoice: invoice.id,
      subscription: invoice["subscription"] ?? null,
      tax_amounts: [{ amount: tax, inclusive: false, taxable_amount: amount }],
      metadata: {},
      ...values,
    };
    this.#lines.get(invoice.id)?.push(line);
    this.#total(invoice);
  }

  finalize(invoice: BillingObject): void {
    if (invoice["status"] !== "draft") return;
    this.#numbers += 1;
    const number = `SLC-${String(this.#numbers).padStart(5, "0")}`;
    const at = { finalized_at: this.#records.now(), paid_at: null, voided_at: null };
    const values = { status: "open", number, status_transitions: at };
    this.#records.update(invoice, "invoice.finalized", values);
    this.#records.record("invoice.finalized", invoice, Number(invoice["total"]));
  }

  #create(form: JsonObject): Reply {
    const customer = this.#records.must("customer", required(form, "customer"), "customer");
    const advance = form["auto_advance"] === "true";
    const invoice = this.draft(customer, {
      auto_advance: advance,
      description: form["description"] ?? null,
      subscription: form["subscription"] ?? null,
      metadata: merged({}, form),
    });
    this.#records.announce("invoice.created", invoice);
    this.#records.record("invoice.created", invoice);
    if (advance) this.#advanceLater(invoice);
    return shown(invoice);
  }

  #addItem(form: JsonObject): Reply {
    const invoice = this.#records.must("invoice", required(form, "invoice"), "invoice");
    if (invoice["status"] !== "draft") {
      throw invalid("The invoice is no longer editable.", { code: "invoice_not_editable" });
    }
    const description = form["description"] ?? null;
    this.addLine(invoice, integerAt(form, "amount"), {
      description,
      quantity: 1,
      type: "invoiceitem",
      metadata: merged({}, form),
    });
    return { status: 200, body: this.#lines.get(invoice.id)?.at(-1) ?? null };
  }

  #update(request: EstateRequest, id: string | undefined): Reply {
    const invoice = this.#records.must("invoice", id);
    const form = decodeForm(request.text);
    const status = stringAt(invoice, "status") ?? "";
    const given = form["auto_advance"];
    if (given !== undefined && !["draft", "open"].includes(status)) {
      throw invalid(`Collection cannot be changed on an invoice that is ${status}.`, {
        code: "invoice_not_editable",
        param: "auto_advance",
      });
    }
    const before = invoice["auto_advance"] === true;
    const advance = given === undefined ? before : given === "true";
    const held = objectOf(invoice["metadata"])["hold"] !== undefined;
    this.#records.update(invoice, "invoice.updated", {
      auto_advance: advance,
      ...(form["description"] === undefined ? {} : { description: form["description"] }),
      metadata: merged(invoice["metadata"], form),
    });
    const holds = objectOf(invoice["metadata"])["hold"] !== undefined;
    const effect = holds === held ? "updated" : holds ? "held" : "released";
    this.#records.record(`invoice.${effect}`, invoice);
    if (advance && !before) this.#advanceLater(invoice);
    return shown(invoice);
  }

  #advanceLater(invoice: BillingObject): void {
    this.#records.world.agenda.after(this.#finalizeMs, () => {
      if (invoice["auto_advance"] === true) this.finalize(invoice);
    });
  }

  #list(request: EstateRequest): Reply {
    const { query } = request;
    const names = ["customer", "subscription", "status"].filter((name) => query.has(name));
    const fits = (row: BillingObject) =>
      isCreatedAsAsked(request, row) && names.every((name) => row[name] === query.get(name));
    return listed(request, this.#records.all("invoice").filter(fits));
  }

  #total(invoice: BillingObject): void {
    const lines = this.#lines.get(invoice.id) ?? [];
    const subtotal = lines.reduce((sum, line) => sum + Number(line["amount"]), 0);
    const tax = lines.reduce((sum, line) => sum + taxOf(line), 0);
    const total = subtotal + tax;
    const rest = { amount_due: total, amount_remaining: total - Number(invoice["amount_paid"]) };
    Object.assign(invoice, { subtotal, tax, total, ...rest });
    invoice["lines"] = {
      object: "list",
      data: lines.slice(0, shownLines),
      total_count: lines.length,
      has_more: lines.length > shownLines,
      url: `/v1/invoices/${invoice.id}/lines`,
    };
  }
}

function taxOf(line: JsonObject): number {
  const taxes = Array.isArray(line["tax_amounts"]) ? line["tax_amounts"] : [];
  return (taxes as readonly JsonObject[]).reduce((sum, tax) => sum + Number(tax["amount"]), 0);
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function shown(invoice: BillingObject): Reply {
  return { status: 200, body: structuredClone(invoice) };
}
