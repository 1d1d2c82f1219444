import type { Json, JsonObject } from "../../../../../engine/model/json.ts";
import { textAt } from "../exchange.ts";
import { type News, refusal, type Row, Shelf } from "./records.ts";

export interface Line {
  readonly amount: number;
  readonly description: string;
  readonly entityType: "plan_item_price" | "adhoc";
  readonly entityId?: string;
}

interface Draft {
  readonly customer: string;
  readonly subscription: string;
  readonly currency: string;
  readonly lines: readonly Line[];
  readonly more?: JsonObject;
  readonly pending?: boolean;
}

const seconds = () => Math.floor(Date.now() / 1000);

/** Invoices of a site in one country of 19 % tax, their credit notes, and money. */
export class Invoices {
  readonly invoices = new Shelf("invoice_id");
  readonly creditNotes = new Shelf("credit_note_id");
  readonly transactions = new Shelf("transaction_id");
  readonly #tell: (news: News) => void;
  #count = 1_020;

  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  make({ customer, subscription, currency, lines, more = {}, pending = false }: Draft): Row {
    this.#count += 1;
    const id = String(this.#count);
    const items = lines.map((line, index) => ({
      id: `li_${id}_${index}`,
      amount: line.amount,
      unit_amount: line.amount,
      quantity: 1,
      is_taxed: true,
      tax_amount: Math.round(line.amount * 0.19),
      discount_amount: 0,
      description: line.description,
      entity_type: line.entityType,
      subscription_id: subscription,
      ...(line.entityId === undefined ? {} : { entity_id: line.entityId }),
    }));
    const net = items.reduce((sum, { amount }) => sum + amount, 0);
    const tax = items.reduce((sum, item) => sum + item.tax_amount, 0);
    const invoice = this.invoices.add({
      id,
      customer_id: customer,
      subscription_id: subscription,
      recurring: false,
      status: pending ? "pending" : "payment_due",
      price_type: "tax_exclusive",
      currency_code: currency,
      date: seconds(),
      generated_at: seconds(),
      sub_total: net,
      tax,
      total: net + tax,
      amount_paid: 0,
      amount_due: net + tax,
      line_items: items,
      adjustment_credit_notes: [],
      issued_credit_notes: [],
      ...(pending ? {} : { dunning_status: "in_progress" }),
      ...more,
    });
    this.#tell({
      type: pending ? "pending_invoice_created" : "invoice_generated",
      content: { invoice },
    });
    return invoice;
  }

  /** People close a draft. */
  close(id: string): void {
    const invoice = this.invoices.must(id);
    Object.assign(invoice, { status: "payment_due", dunning_status: "in_progress" });
    this.#tell({ type: "invoice_generated", content: { invoice } });
  }

  /** `POST /invoices/{id}/<action>`. */
  act(id: string, action: string, form: JsonObject): Row {
    const invoice = this.invoices.must(id);
    if (action === "update_details") {
      for (const [name, value] of Object.entries(form)) {
        if (value === "") delete invoice[name];
        else invoice[name] = value;
      }
      return invoice;
    }
    if (action === "void") {
      Object.assign(invoice, { status: "voided", voided_at: seconds() });
      this.#tell({ type: "invoice_updated", content: { invoice } });
      return invoice;
    }
    if (invoice["dunning_status"] !== "in_progress") {
      throw refusal(400, "invalid_state_for_request", "The invoice is not in dunning.");
    }
    if (action === "pause_dunning")
      invoice["expected_payment_date"] = Number(form["expected_payment_date"]);
    else if (action === "resume_dunning") delete invoice["expected_payment_date"];
    else throw refusal(404, "resource_not_found", `no action ${action}`);
    return invoice;
  }

  credit(form: JsonObject): Row {
    const invoice = this.invoices.must(textAt(form, "reference_invoice_id"));
    const paid = invoice["status"] === "paid";
    if (form["type"] !== (paid ? "refundable" : "adjustment")) {
      throw refusal(400, "param_wrong_value", "The type does not suit the invoice.", {
        param: "type",
      });
    }
    const note = this.creditNotes.add({
      id: `CN-${this.creditNotes.rows.size + 1}`,
      customer_id: invoice["customer_id"] ?? null,
      status: paid ? "refund_due" : "adjusted",
      date: seconds(),
      currency_code: invoice["currency_code"] ?? null,
      ...form,
      total: Number(form["total"]),
    });
    const list = paid ? "issued_credit_notes" : "adjustment_credit_notes";
    (invoice[list] as Json[]).push({
      cn_id: note.id,
      cn_total: note["total"] ?? 0,
      cn_status: note["status"] ?? "",
    });
    if (!paid) invoice["amount_due"] = Number(invoice["amount_due"]) - Number(note["total"]);
    return note;
  }

  voidCredit(id: string): Row {
    const note = this.creditNotes.must(id);
    note["status"] = "voided";
    const invoice = this.invoices.must(textAt(note, "reference_invoice_id"));
    for (const list of ["issued_credit_notes", "adjustment_credit_notes"]) {
      for (const row of invoice[list] as unknown as Record<string, Json>[]) {
        if (row["cn_id"] === id) row["cn_status"] = "voided";
      }
    }
    return note;
  }

  /** A payer, or a bank that refuses. */
  pay(id: string, amount: number, status: "success" | "failure"): void {
    const invoice = this.invoices.must(id);
    const transaction = this.#transaction(amount, {
      type: "payment",
      status,
      customer_id: invoice["customer_id"] ?? null,
      currency_code: invoice["currency_code"] ?? null,
      linked_invoices: [{ invoice_id: id, applied_amount: amount }],
    });
    if (status === "success") {
      const due = Number(invoice["amount_due"]) - amount;
      Object.assign(invoice, {
        amount_paid: Number(invoice["amount_paid"]) + amount,
        amount_due: due,
        ...(due === 0 ? { status: "paid", dunning_status: "success" } : {}),
      });
    }
    const type = status === "success" ? "payment_succeeded" : "payment_failed";
    this.#tell({ type, content: { transaction, invoice } });
  }

  refund(id: string, amount: number): void {
    const paid = [...this.transactions.rows.values()].findLast(
      (row) =>
        row["status"] === "success" &&
        JSON.stringify(row["linked_invoices"] ?? "").includes(`"${id}"`),
    );
    const transaction = this.#transaction(amount, {
      type: "refund",
      status: "success",
      currency_code: paid?.["currency_code"] ?? null,
      refunded_txn_id: paid?.id ?? null,
    });
    this.#tell({ type: "payment_refunded", content: { transaction } });
  }

  #transaction(amount: number, more: JsonObject): Row {
    const id = `txn_AzqaZ${this.transactions.rows.size + 1}`;
    return this.transactions.add({ id, date: seconds(), amount, ...more });
  }
}
