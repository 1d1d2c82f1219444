import Big from "big.js";
import { times, workspaceMapping } from "./map.ts";
import type { BenchMap } from "./map.ts";

const account = {
  Id: "0011t00000XyZ12AAC",
  Name: "Northwind Traders GmbH",
  Legal_Name__c: "Northwind Traders Gesellschaft mbH",
  Tax_Id__c: "DE811907980",
  Website: "https://www.northwind.example/en",
  Billing_Email__c: "accounts@northwind.example",
  CurrencyIsoCode: "EUR",
  Customer_Tier__c: "gold",
  BillingStreet: "Hafenstraße 12",
  BillingCity: "Hamburg",
  BillingPostalCode: "20457",
  BillingCountryCode: "DE",
  ShippingStreet: "Kai 7",
  ShippingCity: "Hamburg",
  ShippingStateCode: "HH",
  ShippingCountryCode: "DE",
  SystemModstamp: "2026-03-31T10:11:12.000+0000",
};

type Account = typeof account & Readonly<Record<string, string | undefined>>;

function addressOf(a: Account, kind: "Billing" | "Shipping") {
  return {
    street: a[`${kind}Street`] ?? null,
    city: a[`${kind}City`] ?? null,
    region: a[`${kind}StateCode`] ?? a[`${kind}State`] ?? null,
    postalCode: a[`${kind}PostalCode`] ?? null,
    country: a[`${kind}CountryCode`] ?? a[`${kind}Country`] ?? null,
  };
}

/** The reference workspace's own: an account becomes a customer. */
export const customer: BenchMap = {
  name: "account → customer (workspace)",
  text: workspaceMapping("salesforce/customer-in"),
  input: { record: account, currency: "EUR" },
  hand({ record: a, currency }: { record: Account; currency: string }) {
    const domain = a.Website.toLowerCase()
      .replace(/^https?:\/\//, "")
      .split("/")[0];
    return {
      customerId: a.Id,
      name: a.Name,
      legalName: a.Legal_Name__c,
      taxId: a.Tax_Id__c,
      domain: domain?.replace(/^www\./, "") ?? null,
      email: a.Billing_Email__c,
      phone: a["Phone"] ?? null,
      parentId: a["ParentId"] ?? null,
      currency: a.CurrencyIsoCode === "" ? currency : a.CurrencyIsoCode,
      tier: a.Customer_Tier__c,
      billTo: addressOf(a, "Billing"),
      shipTo: addressOf(a, "Shipping"),
      erpId: a["ERP_Customer_Code__c"] ?? null,
      billingId: a["Billing_Customer_Id__c"] ?? null,
      supportId: a["Support_Organization_Id__c"] ?? null,
      changedAt: new Date(a.SystemModstamp).toISOString(),
    };
  },
};

const opportunity = {
  opportunityId: "0061t00000AbCdE",
  contractId: "K-2026-17",
  currency: "EUR",
  closedOn: "2026-03-31",
  total: "2911.10",
  lines: times(10, (i) => ({
    lineId: `00k${i}`,
    sku: `SKU-${100 + i}`,
    quantity: String(1 + (i % 4)),
    unitPrice: `${19 + i * 7}.25`,
    discountPercent: i % 3 === 0 ? "10" : null,
    amount: `${(19 + i * 7) * (1 + (i % 4))}.50`,
  })),
};
const deal = { opportunity, customerId: "C-1001", paymentTerms: "net-30" };

/** The reference workspace's own: a deal becomes an order, with prices in decimals. */
export const order: BenchMap = {
  name: "deal → order, decimals (workspace)",
  text: workspaceMapping("process/opportunity-to-order"),
  input: deal,
  hand({ opportunity: o, customerId, paymentTerms }: typeof deal) {
    return {
      orderId: o.opportunityId,
      opportunityId: o.opportunityId,
      customerId,
      contractId: o.contractId,
      currency: o.currency,
      paymentTerms,
      orderedOn: o.closedOn,
      total: o.total,
      lines: o.lines.map((line) => ({
        lineId: line.lineId,
        sku: line.sku,
        quantity: line.quantity,
        unitPrice: line.unitPrice,
        discountPercent: line.discountPercent,
        netUnitPrice: new Big(line.unitPrice)
          .times(new Big(1).minus(new Big(line.discountPercent ?? "0").times("0.01")))
          .toFixed(4, 1),
        amount: line.amount,
      })),
    };
  },
};
