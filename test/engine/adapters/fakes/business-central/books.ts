import type { Json } from "../../../../../engine/model/json.ts";
import { textAt } from "../exchange.ts";
import { dialog, type Row } from "./tables.ts";

type Tables = Readonly<Record<string, Row[]>>;

const cents = (value: Json | undefined): number => Math.round(Number(value ?? 0) * 100);

/** Documents and journals of Business Central, and what posting them does to the ledger. */
export class Books {
  readonly tables: Tables;
  /** The first day that may be posted on. */
  postingFrom = "2000-01-01";
  /** What each customer owes, in cents, by its id. */
  readonly #owed = new Map<string, number>();
  #count = 0;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  owes(customerId: string): number {
    return (this.#owed.get(customerId) ?? 0) / 100;
  }

  postInvoice(invoice: Row): void {
    if (invoice["status"] !== "Draft")
      throw dialog("The action can be applied to a draft invoice only.");
    this.#checkDate(invoice);
    this.#count += 1;
    const total = cents(invoice["totalAmountIncludingTax"]);
    const number = `PS-INV${103_000 + this.#count}`;
    Object.assign(invoice, {
      status: total === 0 ? "Paid" : "Open",
      number,
      remainingAmount: total / 100,
    });
    this.#owe(textAt(invoice, "customerId"), total);
    for (const line of invoice["salesInvoiceLines"] as unknown as readonly Row[]) {
      this.#enter(
        number,
        invoice,
        "Invoice",
        textAt(line, "lineObjectNumber"),
        -cents(line["netAmount"]),
      );
    }
  }

  postCreditMemo(memo: Row): void {
    if (memo["status"] !== "Draft")
      throw dialog("The action can be applied to a draft credit memo only.");
    const total = cents(memo["totalAmountIncludingTax"]);
    this.#count += 1;
    const invoice = this.#invoice(textAt(memo, "invoiceId"));
    const left = cents(invoice["remainingAmount"]);
    invoice["remainingAmount"] = (left - Math.min(left, total)) / 100;
    if (invoice["remainingAmount"] === 0) invoice["status"] = "Paid";
    Object.assign(memo, {
      status: left < total ? "Open" : "Paid",
      number: `PS-CR${104_000 + this.#count}`,
    });
    this.#owe(textAt(memo, "customerId"), -total);
  }

  /** Posts every line of a journal, or none. */
  postJournal(lines: Row[]): void {
    if (lines.length === 0) throw dialog("There is nothing to post.");
    for (const line of lines) this.#checkDate(line);
    for (const line of lines) {
      const amount = cents(line["amount"]);
      const customer =
        textAt(line, "customerId") ||
        (line["accountType"] === "Customer" ? textAt(line, "accountId") : "");
      if (customer === "") {
        this.#enter(
          textAt(line, "documentNumber"),
          line,
          "_x0020_",
          textAt(line, "accountNumber"),
          amount,
        );
        continue;
      }
      this.#owe(customer, amount);
      this.#enter(textAt(line, "documentNumber"), line, "Payment", "10200", -amount);
      const applied = textAt(line, "appliesToInvoiceId");
      if (applied === "") continue;
      const invoice = this.#invoice(applied);
      const left = Math.max(0, cents(invoice["remainingAmount"]) + amount);
      Object.assign(invoice, { remainingAmount: left / 100, status: left === 0 ? "Paid" : "Open" });
    }
    lines.length = 0;
  }

  checkPayment(line: Row): void {
    if (Number(line["amount"]) >= 0) throw dialog('The "amount" should be a negative number.');
    if (this.#invoice(textAt(line, "appliesToInvoiceId"))["status"] === "Draft") {
      throw dialog(
        'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.',
      );
    }
  }

  #invoice(id: string): Row {
    const found = this.tables["salesInvoices"]?.find((row) => row["id"] === id);
    if (found === undefined) throw dialog('The "invoiceId" does not match to an Invoice.');
    return found;
  }

  #owe(customerId: string, amount: number): void {
    this.#owed.set(customerId, (this.#owed.get(customerId) ?? 0) + amount);
  }

  #checkDate(row: Row): void {
    if (textAt(row, "postingDate") >= this.postingFrom) return;
    throw dialog(
      `Posting Date is not within your range of allowed posting dates in Gen. Journal Line.`,
    );
  }

  #enter(
    documentNumber: string,
    row: Row,
    documentType: string,
    accountNumber: string,
    amount: number,
  ): void {
    const entries = this.tables["generalLedgerEntries"] ?? [];
    entries.push({
      id: `gl-${entries.length + 1}`,
      entryNumber: entries.length + 1,
      postingDate: row["postingDate"] ?? null,
      documentNumber,
      documentType,
      description: row["description"] ?? "",
      accountNumber,
      debitAmount: Math.max(0, amount) / 100,
      creditAmount: Math.max(0, -amount) / 100,
    });
  }
}
