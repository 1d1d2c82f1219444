import type { Json } from "../../model/json.ts";
import { Accounts, codeOf } from "./accounts.ts";
import type { Crm } from "./crm/crm.ts";
import { objectTypes, type SObject } from "./crm/objects.ts";
import { products } from "./erp/catalogue.ts";
import type { Erp } from "./erp/erp.ts";
import { Refused } from "./exchange.ts";
import { type Cents, centsOf, decimalOf, lineAmount, sumOf } from "./money.ts";
import { type Random, streamOf } from "./random.ts";

export const variations = [
  "credit-hold",
  "credit-limit",
  "missing-tax-jurisdiction",
  "unknown-payment-term",
  "unavailable-part",
  "child-without-parent",
  "above-threshold",
] as const;
export type Variation = (typeof variations)[number];

export interface DealOptions {
  /** What is wrong or special about it; several may be given. */
  readonly variations?: readonly Variation[];
  /** Another deal of this account; `customer` and `hierarchy` then say nothing. */
  readonly accountId?: string;
  /** A second account that somebody made for the company of this one: same tax id, name, site. */
  readonly sameCompanyAs?: string;
  /** Whether the ERP knows the account already; it does unless told. */
  readonly customer?: "known" | "new";
  /** Whether the account belongs to another; by default to one that the ERP knows. */
  readonly hierarchy?: "none" | "parent-known" | "parent-unknown";
  readonly lines?: readonly DealLineOptions[];
  /** As the CRM calls it; `Net 30` unless told. */
  readonly paymentTerm?: string;
  /** EUR unless told. */
  readonly currency?: string;
  /** The deal changes the contract that this deal began: an opportunity's id. */
  readonly amends?: { readonly orderId: string; readonly type: DealType };
  /** Plan and term that it sells; those of its lines for a year unless told. */
  readonly subscription?: { readonly plan: string | null; readonly months: number };
  /** False leaves the deal in negotiation. */
  readonly close?: boolean;
}

/** What the CRM calls a deal that changes a contract. */
export type DealType = "Existing Business" | "Renewal" | "Cancellation";

export interface DealLineOptions {
  readonly sku: string;
  readonly quantity: number;
  /** Percent as a decimal string; none unless told. */
  readonly discount?: string;
  /** Decimal string; the list price unless told. */
  readonly unitPrice?: string;
}

export interface DealLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: string;
  readonly discount: string;
  readonly amount: string;
}

export interface Deal {
  readonly opportunityId: string;
  readonly accountId: string;
  readonly parentAccountId: string | null;
  /** Codes in the ERP; null for accounts that it does not know. */
  readonly erpCustomer: string | null;
  readonly erpParent: string | null;
  readonly paymentTerm: string;
  readonly currency: string;
  readonly lines: readonly DealLine[];
  /** Σ of the lines, to the cent. */
  readonly total: string;
  /**
   * The ERP's words for what it would refuse; empty when the order can be made. `PARENT_UNKNOWN` is
   * for who does not create the parent first.
   */
  readonly refusals: readonly string[];
}

/** The ERP's word for each variation; none for those that are not refused. */
const refusalOf: Readonly<Record<Variation, string | null>> = {
  "credit-hold": "CREDIT_HOLD",
  "credit-limit": "CREDIT_LIMIT_EXCEEDED",
  "missing-tax-jurisdiction": "TAX_JURISDICTION_MISSING",
  "unknown-payment-term": "PAYMENT_TERM_UNKNOWN",
  "unavailable-part": "OUT_OF_STOCK",
  "child-without-parent": "PARENT_UNKNOWN",
  "above-threshold": null,
};

/** Makes deals in the CRM, with the accounts and ERP customers that they need. */
export class Deals {
  readonly #crm: Crm;
  readonly #erp: Erp;
  readonly #random: Random;
  readonly #accounts: Accounts;
  #deals = 0;

  constructor(crm: Crm, erp: Erp, seed: number) {
    this.#crm = crm;
    this.#erp = erp;
    this.#random = streamOf(seed, "deals");
    this.#accounts = new Accounts(crm, erp, this.#random);
  }

  close(options: DealOptions = {}): Deal {
    const wanted = new Set(options.variations);
    const account = this.#accountFor(options, wanted);
    const parent = this.#accounts.parentOf(account);
    this.#setCredit(codeOf(account), wanted);
    const lines = (options.lines ?? this.#usualLines(wanted)).map(priced);
    const unusual = wanted.has("unknown-payment-term") ? "Net 45" : "Net 30";
    const paymentTerm = options.paymentTerm ?? unusual;
    const currency = options.currency ?? "EUR";
    const opportunity = this.#opportunity(account, lines, { ...options, paymentTerm, currency });
    if (options.close !== false) this.win(opportunity.Id);
    return {
      opportunityId: opportunity.Id,
      accountId: account.Id,
      parentAccountId: parent?.Id ?? null,
      erpCustomer: codeOf(account),
      erpParent: parent === undefined ? null : codeOf(parent),
      paymentTerm,
      currency,
      lines,
      total: decimalOf(totalOf(lines)),
      refusals: [...wanted].flatMap((variation) => refusalOf[variation] ?? []),
    };
  }

  /** A sales person closes the deal. */
  win(opportunityId: string): void {
    this.edit("Opportunity", opportunityId, { StageName: "Closed Won" });
  }

  /** A person changes a record in the CRM's own screens. Throws `Refused` when there is none. */
  edit(type: string, id: string, values: Readonly<Record<string, Json>>): void {
    const known = objectTypes.get(type);
    if (known === undefined || this.#crm.records.get(type, id) === undefined) {
      throw new Refused({ status: 400, body: { error: `no ${type} ${id} in the CRM` } });
    }
    this.#crm.records.update(known, id, values, "ui");
  }

  #accountFor(options: DealOptions, wanted: ReadonlySet<Variation>): SObject {
    if (options.accountId !== undefined) return this.#accounts.must(options.accountId);
    if (options.sameCompanyAs !== undefined) {
      return this.#accounts.twinOf(this.#accounts.must(options.sameCompanyAs));
    }
    const orphan = wanted.has("child-without-parent");
    const hierarchy = options.hierarchy ?? (orphan ? "parent-unknown" : "parent-known");
    const needsCredit = wanted.has("credit-hold") || wanted.has("credit-limit");
    const known = needsCredit || (options.customer ?? (orphan ? "new" : "known")) === "known";
    const taxless = wanted.has("missing-tax-jurisdiction");
    if (hierarchy === "none") return this.#accounts.create({ known, taxless });
    const parent = this.#accounts.create({ known: hierarchy === "parent-known" });
    return this.#accounts.create({ known, taxless, parent });
  }

  #setCredit(code: string | null, wanted: ReadonlySet<Variation>): void {
    if (code === null) return;
    const { customers } = this.#erp;
    if (wanted.has("credit-hold")) customers.setCredit(code, { holdReason: "overdue receivables" });
    if (wanted.has("credit-limit")) customers.setCredit(code, { limit: 100_000 });
  }

  #usualLines(wanted: ReadonlySet<Variation>): readonly DealLineOptions[] {
    const scale = wanted.has("above-threshold") ? 8 : 1;
    const discount = this.#random.pick(["7.5", "12.5", "33.33"]);
    return [
      { sku: "GW-100", quantity: (2 + this.#random.below(4)) * scale },
      { sku: "SN-200", quantity: (7 + this.#random.below(20)) * scale, discount },
      { sku: scale > 1 ? "PL-PLUS" : "PL-ANNUAL", quantity: scale },
      { sku: "IM-STD", quantity: 2, discount: "10" },
      ...(wanted.has("unavailable-part") ? [{ sku: "KIT-20", quantity: 1 }] : []),
    ];
  }

  #opportunity(
    account: SObject,
    lines: readonly DealLine[],
    terms: DealOptions & { paymentTerm: string; currency: string },
  ): SObject {
    this.#deals += 1;
    const usual = lines.map(({ sku }) => productOf(sku)?.plan ?? null).find((one) => one !== null);
    const { plan, months } = terms.subscription ?? { plan: usual ?? null, months: 12 };
    const today = new Date(this.#crm.now()).toISOString().slice(0, 10);
    const opportunity = this.#crm.records.make("Opportunity", {
      AccountId: account.Id,
      Name: `Roll-out ${this.#deals}`,
      StageName: "Negotiation/Review",
      CurrencyIsoCode: terms.currency,
      CloseDate: today,
      Type: terms.amends?.type ?? "New Business",
      Amends_Order__c: terms.amends?.orderId ?? null,
      Amount: numberOf(totalOf(lines)),
      Payment_Terms__c: terms.paymentTerm,
      Contract_Number__c: `CT-${2_000 + this.#deals}`,
      Subscription_Plan__c: plan,
      Subscription_Term_Months__c: plan === null ? null : months,
      Service_Start_Date__c: today,
      Region__c: account["Region__c"] ?? null,
    });
    for (const [index, line] of lines.entries()) {
      const product = productOf(line.sku);
      this.#crm.records.make("OpportunityLineItem", {
        OpportunityId: opportunity.Id,
        ProductCode: line.sku,
        Name: product?.name ?? line.sku,
        Quantity: line.quantity,
        ListPrice: numberOf(centsOf(product?.list_price ?? line.unitPrice) ?? 0),
        UnitPrice: numberOf(centsOf(line.unitPrice) ?? 0),
        Discount: line.discount === "0.00" ? null : Number(line.discount),
        SortOrder: index + 1,
      });
    }
    return opportunity;
  }
}

function priced({ sku, quantity, discount = "0", unitPrice }: DealLineOptions): DealLine {
  const price = centsOf(unitPrice ?? productOf(sku)?.list_price ?? "0") ?? 0;
  const hundredths = centsOf(discount) ?? 0;
  return {
    sku,
    quantity,
    unitPrice: decimalOf(price),
    discount: decimalOf(hundredths),
    amount: decimalOf(lineAmount(price, quantity, hundredths)),
  };
}

function productOf(sku: string) {
  return products.find((product) => product.sku === sku);
}

function totalOf(lines: readonly DealLine[]): Cents {
  return sumOf(lines.map((line) => centsOf(line.amount) ?? 0));
}

/** The CRM speaks of money in JSON numbers; the nearest one prints as the decimal it came from. */
function numberOf(cents: Cents): number {
  return cents / 100;
}
