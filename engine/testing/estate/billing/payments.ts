import type { JsonObject } from "../../../model/json.ts";
import { type Reply, type Routes, stringAt } from "../exchange.ts";
import { decodeForm } from "./form.ts";
import {
  type BillingObject,
  type BillingRecords,
  isCreatedAsAsked,
  listed,
  merged,
} from "./records.ts";
import { integerAt, invalid, required } from "./refusal.ts";

export type PaymentKind = "paid" | "partial" | "failed" | "refunded" | "charged-back";

/** Charges, refunds, disputes and credit notes: what payers and finance do to an invoice. */
export class Payments {
  readonly #records: BillingRecords;

  constructor(records: BillingRecords) {
    this.#records = records;
  }

  route(routes: Routes): void {
    const records = this.#records;
    routes
      .on("POST", "/invoices/:id/pay", (_, { id }) => {
        const invoice = records.must("invoice", id);
        if (invoice["status"] !== "open") throw invalid("Only open invoices can be paid.");
        this.pay(invoice, Number(invoice["amount_remaining"]));
        return shown(invoice);
      })
      .on("GET", "/charges/:id", (_, { id }) => shown(records.must("charge", id)))
      .on("GET", "/charges", (request) => listed(request, records.all("charge")))
      .on("POST", "/refunds", (request) => {
        const form = decodeForm(request.text);
        const charge = records.must("charge", required(form, "charge"), "charge");
        const rest = Number(charge["amount"]) - Number(charge["amount_refunded"]);
        const amount = form["amount"] === undefined ? rest : integerAt(form, "amount");
        return shown(this.refund(charge, amount, merged({}, form)));
      })
      .on("GET", "/disputes/:id", (_, { id }) => shown(records.must("dispute", id)))
      .on("GET", "/refunds/:id", (_, { id }) => shown(records.must("refund", id)))
      .on("POST", "/credit_notes", (request) => this.#credit(decodeForm(request.text)))
      .on("POST", "/credit_notes/:id/void", (_, { id }) => {
        const note = records.must("credit_note", id);
        if (note["status"] === "void") throw invalid("This credit note is already void.");
        records.update(note, "credit_note.voided", { status: "void" });
        records.record("credit-note.voided", note, Number(note["amount"]));
        return shown(note);
      })
      .on("GET", "/credit_notes", (request) => {
        const invoice = request.query.get("invoice");
        const rows = records.all("credit_note").filter((row) => isCreatedAsAsked(request, row));
        return listed(
          request,
          rows.filter((row) => invoice === null || row["invoice"] === invoice),
        );
      });
  }

  /** What a payer, a bank or a cardholder does, in the world outside. */
  happen(invoiceId: string, kind: PaymentKind, amount?: number): void {
    const invoice = this.#records.must("invoice", invoiceId);
    const remaining = Number(invoice["amount_remaining"]);
    const charge = this.#records.get("charge", stringAt(invoice, "charge") ?? "");
    switch (kind) {
      case "paid":
        this.pay(invoice, remaining);
        return;
      case "partial":
        this.pay(invoice, amount ?? Math.floor(remaining / 2));
        return;
      case "failed":
        this.#fail(invoice);
        return;
      case "refunded":
        if (charge === undefined) throw invalid("The invoice has no charge to refund.");
        this.refund(charge, amount ?? Number(charge["amount"]), {});
        return;
      case "charged-back":
        if (charge === undefined) throw invalid("The invoice has no charge to dispute.");
        this.#dispute(charge, amount ?? Number(charge["amount"]));
    }
  }

  pay(invoice: BillingObject, amount: number): void {
    if (amount <= 0) throw invalid("Nothing is left to pay.");
    const records = this.#records;
    const charge = records.add("charge", {
      amount,
      amount_refunded: 0,
      currency: invoice["currency"] ?? null,
      customer: invoice["customer"] ?? null,
      invoice: invoice.id,
      paid: true,
      refunded: false,
      disputed: false,
      status: "succeeded",
      metadata: invoice["metadata"] ?? {},
    });
    const paid = Number(invoice["amount_paid"]) + amount;
    const remaining = Number(invoice["total"]) - paid;
    const whole = remaining <= 0;
    const money = { amount_paid: paid, amount_remaining: Math.max(0, remaining) };
    const values = { ...money, charge: charge.id, ...(whole ? { status: "paid" } : {}) };
    records.announce("charge.succeeded", charge);
    records.update(invoice, whole ? "invoice.paid" : "invoice.updated", values);
    records.record("charge.succeeded", charge, amount);
    if (whole) records.record("invoice.paid", invoice, Number(invoice["total"]));
  }

  refund(charge: BillingObject, amount: number, metadata: JsonObject): BillingObject {
    const records = this.#records;
    const refunded = Number(charge["amount_refunded"]) + amount;
    if (amount <= 0 || refunded > Number(charge["amount"])) {
      throw invalid("Refund amount is greater than what is left of the charge.", {
        param: "amount",
        code: "charge_already_refunded",
      });
    }
    const currency = charge["currency"] ?? null;
    const refund = records.add("refund", {
      amount,
      charge: charge.id,
      currency,
      metadata,
      status: "succeeded",
    });
    const before = records.all("refund").filter((one) => one["charge"] === charge.id);
    const refunds = { object: "list", data: before.map((one) => structuredClone(one)) };
    const whole = refunded === Number(charge["amount"]);
    const values = { amount_refunded: refunded, refunded: whole, refunds };
    records.update(charge, "charge.refunded", values);
    records.record("refund.created", refund, amount);
    return refund;
  }

  #fail(invoice: BillingObject): void {
    const attempts = Number(invoice["attempt_count"]) + 1;
    this.#records.update(invoice, "invoice.payment_failed", { attempt_count: attempts });
    this.#records.record("invoice.payment_failed", invoice);
  }

  #dispute(charge: BillingObject, amount: number): void {
    const about = { charge: charge.id, currency: charge["currency"] ?? null };
    const state = { reason: "fraudulent", status: "needs_response", metadata: {} };
    const dispute = this.#records.add("dispute", { amount, ...about, ...state });
    charge["disputed"] = true;
    this.#records.announce("charge.dispute.created", dispute);
    this.#records.record("dispute.created", dispute, amount);
  }

  #credit(form: JsonObject): Reply {
    const records = this.#records;
    const invoice = records.must("invoice", required(form, "invoice"), "invoice");
    const amount = integerAt(form, "amount");
    const all = records.all("credit_note").filter((one) => one["invoice"] === invoice.id);
    const before = all.filter((one) => one["status"] !== "void");
    const given = before.reduce((sum, one) => sum + Number(one["amount"]), 0);
    if (invoice["status"] === "draft" || given + amount > Number(invoice["total"])) {
      throw invalid("The credit note is more than what is left of the invoice.", {
        param: "amount",
      });
    }
    const note = records.add("credit_note", {
      amount,
      currency: invoice["currency"] ?? null,
      customer: invoice["customer"] ?? null,
      invoice: invoice.id,
      number: `${stringAt(invoice, "number") ?? ""}-CN-${String(all.length + 1).padStart(2, "0")}`,
      memo: form["memo"] ?? null,
      reason: form["reason"] ?? null,
      status: "issued",
      metadata: merged({}, form),
    });
    records.announce("credit_note.created", note);
    records.record("credit-note.created", note, amount);
    return shown(note);
  }
}

function shown(object: BillingObject): Reply {
  return { status: 200, body: structuredClone(object) };
}
