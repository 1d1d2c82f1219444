import type { Json } from "../../model/json.ts";
import { type Company, companyOf, withoutTaxRegion } from "./companies.ts";
import type { Crm } from "./crm/crm.ts";
import { objectTypes, type SObject } from "./crm/objects.ts";
import { products } from "./erp/catalogue.ts";
import type { Erp } from "./erp/erp.ts";
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
  /** Whether the ERP knows the account already; it does unless told. */
  readonly customer?: "known" | "new";
  /** Whether the account belongs to another; by default to one that the ERP knows. */
  readonly hierarchy?: "none" | "parent-known" | "parent-unknown";
  readonly lines?: readonly DealLineOptions[];
  /** As the CRM calls it; `Net 30` unless told. */
  readonly paymentTerm?: string;
  /** EUR unless told. */
  readonly currency?: string;
  /** False leaves the deal in negotiation. */
  readonly close?: boolean;
}

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
  /** The ERP's words for what it would refuse; empty when the order can be made. */
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

const ample: Cents = 50_000_000;

/** Makes deals in the CRM, with the accounts and ERP customers that they need. */
export class Deals {
  readonly #crm: Crm;
  readonly #erp: Erp;
  readonly #random: Random;
  #companies = 0;

  constructor(crm: Crm, erp: Erp, seed: number) {
    this.#crm = crm;
    this.#erp = erp;
    this.#random = streamOf(seed, "deals");
  }

  close(options: DealOptions = {}): Deal {
    const wanted = new Set(options.variations);
    const orphan = wanted.has("child-without-parent");
    const hierarchy = options.hierarchy ?? (orphan ? "parent-unknown" : "parent-known");
    const parent =
      hierarchy === "none" ? undefined : this.#account({ known: hierarchy === "parent-known" });
    const needsCredit = wanted.has("credit-hold") || wanted.has("credit-limit");
    const known = needsCredit || (options.customer ?? (orphan ? "new" : "known")) === "known";
    const account = this.#account({
      known,
      ...(parent === undefined ? {} : { parent }),
      taxless: wanted.has("missing-tax-jurisdiction"),
    });
    this.#setCredit(codeOf(account), wanted);
    const lines = (options.lines ?? this.#usualLines(wanted)).map(priced);
    const unusual = wanted.has("unknown-payment-term") ? "Net 45" : "Net 30";
    const paymentTerm = options.paymentTerm ?? unusual;
    const currency = options.currency ?? "EUR";
    const opportunity = this.#opportunity(account, lines, { paymentTerm, currency });
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

  /** A person changes a record in the CRM's own screens. */
  edit(type: string, id: string, values: Readonly<Record<string, Json>>): void {
    const known = objectTypes.get(type);
    if (known !== undefined) this.#crm.records.update(known, id, values, "ui");
  }

  #account(about: { known: boolean; parent?: SObject; taxless?: boolean }): SObject {
    this.#companies += 1;
    const plain = companyOf(this.#random, this.#companies);
    const company = about.taxless === true ? withoutTaxRegion(plain) : plain;
    const parentCode = about.parent === undefined ? null : codeOf(about.parent);
    const customer = about.known
      ? this.#erp.customers.create({
          name: company.name,
          legal_name: company.legalName,
          tax_id: company.taxId,
          currency: "EUR",
          payment_term: "NET30",
          parent: parentCode,
          email: `billing@${company.domain}`,
          ship_to: addressOf(company),
        })
      : undefined;
    if (customer !== undefined) this.#erp.customers.setCredit(customer.code, { limit: ample });
    const account = this.#create("Account", {
      ...accountOf(company),
      AccountNumber: `A-${String(this.#companies).padStart(5, "0")}`,
      ParentId: about.parent?.Id ?? null,
      ERP_Customer_Code__c: customer?.code ?? null,
      Customer_Tier__c: this.#random.pick(["gold", "silver", "bronze"]),
    });
    if (customer !== undefined) customer.external_ref = account.Id;
    return account;
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
    terms: { paymentTerm: string; currency: string },
  ): SObject {
    const plan = lines.map(({ sku }) => productOf(sku)?.plan ?? null).find((one) => one !== null);
    const today = new Date(this.#crm.now()).toISOString().slice(0, 10);
    const opportunity = this.#create("Opportunity", {
      AccountId: account.Id,
      Name: `Roll-out ${this.#companies}`,
      StageName: "Negotiation/Review",
      CurrencyIsoCode: terms.currency,
      CloseDate: today,
      Type: "New Business",
      Amount: numberOf(totalOf(lines)),
      Payment_Terms__c: terms.paymentTerm,
      Contract_Number__c: `CT-${2_000 + this.#companies}`,
      Subscription_Plan__c: plan ?? null,
      Subscription_Term_Months__c: plan === undefined ? null : 12,
      Service_Start_Date__c: today,
      Region__c: account["Region__c"] ?? null,
    });
    for (const [index, line] of lines.entries()) {
      const product = productOf(line.sku);
      this.#create("OpportunityLineItem", {
        OpportunityId: opportunity.Id,
        ProductCode: line.sku,
        Name: product?.name ?? line.sku,
        Quantity: line.quantity,
        ListPrice: numberOf(centsOf(product?.list_price ?? line.unitPrice) ?? 0),
        UnitPrice: numberOf(centsOf(line.unitPrice) ?? 0),
        Discount: line.discount === "0.00" ? null : Number(line.discount),
        TotalPrice: numberOf(centsOf(line.amount) ?? 0),
        SortOrder: index + 1,
      });
    }
    return opportunity;
  }

  #create(name: string, values: Readonly<Record<string, Json>>): SObject {
    const type = objectTypes.get(name);
    if (type === undefined) throw new TypeError(`no object type ${name}`);
    return this.#crm.records.create(type, values, "ui");
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

function codeOf(account: SObject): string | null {
  const code = account["ERP_Customer_Code__c"];
  return typeof code === "string" ? code : null;
}

function addressOf(company: Company) {
  const { street, city, region, postalCode, country } = company;
  return { street, city, region, postal_code: postalCode, country };
}

function accountOf(company: Company): Record<string, Json> {
  const places = ["Billing", "Shipping"].map((kind) => ({
    [`${kind}Street`]: company.street,
    [`${kind}City`]: company.city,
    [`${kind}State`]: company.region,
    [`${kind}PostalCode`]: company.postalCode,
    [`${kind}Country`]: company.country,
  }));
  return {
    Name: company.name,
    Legal_Name__c: company.legalName,
    Type: "Customer",
    Website: `https://www.${company.domain}`,
    Billing_Email__c: `billing@${company.domain}`,
    Tax_Id__c: company.taxId,
    CurrencyIsoCode: "EUR",
    Region__c: company.salesRegion,
    Account_Status__c: "active",
    ...Object.assign({}, ...places),
  } as Record<string, Json>;
}
