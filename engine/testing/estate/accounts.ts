import type { Json } from "../../model/json.ts";
import { type Company, companyOf, withoutTaxRegion } from "./companies.ts";
import type { Crm } from "./crm/crm.ts";
import type { SObject } from "./crm/objects.ts";
import type { Erp } from "./erp/erp.ts";
import { Refused } from "./exchange.ts";
import type { Cents } from "./money.ts";
import type { Random } from "./random.ts";

const ample: Cents = 50_000_000;
/** What two records of one company have in common. */
const companyFields =
  /^(Name|Legal_Name__c|Type|Website|Billing|Shipping|Tax_Id__c|Currency|Region)/;

interface AccountOptions {
  /** The ERP has a customer for it, with credit enough for any deal. */
  readonly known: boolean;
  readonly parent?: SObject;
  /** Its ship-to address leaves open where tax is due. */
  readonly taxless?: boolean;
}

/** Accounts as sales people enter them, and the ERP customers that some of them have. */
export class Accounts {
  readonly #crm: Crm;
  readonly #erp: Erp;
  readonly #random: Random;
  #count = 0;

  constructor(crm: Crm, erp: Erp, random: Random) {
    this.#crm = crm;
    this.#erp = erp;
    this.#random = random;
  }

  /** Throws `Refused` for an id that is no account's. */
  must(id: string): SObject {
    const account = this.#crm.records.get("Account", id);
    if (account !== undefined) return account;
    throw new Refused({ status: 400, body: { error: `no account ${id} in the CRM` } });
  }

  parentOf(account: SObject): SObject | undefined {
    const id = account["ParentId"];
    return typeof id === "string" ? this.must(id) : undefined;
  }

  create({ known, parent, taxless = false }: AccountOptions): SObject {
    const plain = companyOf(this.#random, this.#count + 1);
    const company = taxless ? withoutTaxRegion(plain) : plain;
    const parentCode = parent === undefined ? null : codeOf(parent);
    const customer = known ? this.#customerOf(company, parentCode) : undefined;
    const account = this.#enter({
      ...accountOf(company),
      ParentId: parent?.Id ?? null,
      ERP_Customer_Code__c: customer?.code ?? null,
      Customer_Tier__c: this.#random.pick(["gold", "silver", "bronze"]),
    });
    if (customer !== undefined) customer.external_ref = account.Id;
    return account;
  }

  twinOf(account: SObject): SObject {
    const shared = Object.entries(account).filter(([name]) => companyFields.test(name));
    return this.#enter({ ...Object.fromEntries(shared), Account_Status__c: "active" });
  }

  #enter(values: Readonly<Record<string, Json>>): SObject {
    this.#count += 1;
    const AccountNumber = `A-${String(this.#count).padStart(5, "0")}`;
    return this.#crm.records.make("Account", { ...values, AccountNumber });
  }

  #customerOf(company: Company, parent: string | null) {
    const customer = this.#erp.customers.create({
      name: company.name,
      legal_name: company.legalName,
      tax_id: company.taxId,
      currency: "EUR",
      payment_term: "NET30",
      parent,
      email: `billing@${company.domain}`,
      ship_to: addressOf(company),
    });
    this.#erp.customers.setCredit(customer.code, { limit: ample });
    return customer;
  }
}

/** The account's code in the ERP, when it has one. */
export function codeOf(account: SObject): string | null {
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
