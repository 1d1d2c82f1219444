import { times } from "./map.ts";
import type { BenchMap } from "./map.ts";
import { cents } from "./rounding.ts";

interface Line {
  readonly Product2: { readonly ProductCode: string; readonly Family?: string };
  readonly Quantity: number;
  readonly UnitPrice: number;
  readonly Discount: number;
  readonly Description: string | null;
}

const input = {
  Opportunity: {
    Id: "0061t00000AbCdEAAV",
    Name: "Northwind renewal and expansion",
    CurrencyIsoCode: "EUR",
    CloseDate: "2026-03-31",
    StageName: "Closed Won",
    Account: {
      Id: "0011t00000XyZ12AAC",
      Name: " Northwind Traders GmbH ",
      VatNumber: "DE811907980",
      BillingAddress: {
        street: "Hafenstraße 12",
        city: "Hamburg",
        postalCode: "20457",
        countryCode: "DE",
      },
      Contacts: {
        records: [
          { Email: "accounts@northwind.example", Role: "Billing", Name: "Ada Brandt" },
          { Email: "it@northwind.example", Role: "Technical", Name: "Uwe Kern" },
        ],
      },
    },
    Lines: {
      records: times(10, (i) => ({
        Product2: { ProductCode: `SKU-${100 + i}`, Family: i % 3 === 0 ? "Service" : "Goods" },
        Quantity: 1 + (i % 4),
        UnitPrice: 19.99 + i * 7.25,
        Discount: i % 2 === 0 ? 10 : 0,
        Description: i % 4 === 0 ? null : `Line ${i}, as agreed in the quote`,
      })),
    },
  },
};

const text = `{
  "orderNumber": "SO-" & Opportunity.Id,
  "title": Opportunity.Name,
  "status": Opportunity.StageName = "Closed Won" ? "confirmed" : "draft",
  "currency": Opportunity.CurrencyIsoCode ?: "USD",
  "orderedOn": Opportunity.CloseDate,
  "customer": {
    "id": Opportunity.Account.Id,
    "name": $trim(Opportunity.Account.Name),
    "vat": Opportunity.Account.VatNumber,
    "address": Opportunity.Account.BillingAddress.{
      "street": street, "city": city, "zip": postalCode, "country": $uppercase(countryCode)
    },
    "billingEmail": Opportunity.Account.Contacts.records[Role = "Billing"].Email
  },
  "lines": [Opportunity.Lines.records[Quantity > 0].{
    "sku": Product2.ProductCode,
    "kind": Product2.Family = "Service" ? "service" : "goods",
    "quantity": Quantity,
    "unitPrice": UnitPrice,
    "net": $round(Quantity * UnitPrice * (1 - Discount / 100), 2),
    "note": Description ?? ""
  }],
  "total": $round($sum(Opportunity.Lines.records.(Quantity * UnitPrice * (1 - Discount / 100))), 2),
  "lineCount": $count(Opportunity.Lines.records)
}`;

const net = (line: Line): number => line.Quantity * line.UnitPrice * (1 - line.Discount / 100);

/** An opportunity with ten lines becomes an order. */
export const deal: BenchMap = {
  name: "deal → order, 10 lines",
  text,
  input,
  hand({ Opportunity: deal }: typeof input) {
    const { Account: account } = deal;
    const { BillingAddress: address } = account;
    return {
      orderNumber: `SO-${deal.Id}`,
      title: deal.Name,
      status: deal.StageName === "Closed Won" ? "confirmed" : "draft",
      currency: deal.CurrencyIsoCode === "" ? "USD" : deal.CurrencyIsoCode,
      orderedOn: deal.CloseDate,
      customer: {
        id: account.Id,
        name: account.Name.trim(),
        vat: account.VatNumber,
        address: {
          street: address.street,
          city: address.city,
          zip: address.postalCode,
          country: address.countryCode.toUpperCase(),
        },
        billingEmail: account.Contacts.records.find(({ Role }) => Role === "Billing")?.Email,
      },
      lines: deal.Lines.records
        .filter((line) => line.Quantity > 0)
        .map((line) => ({
          sku: line.Product2.ProductCode,
          kind: line.Product2.Family === "Service" ? "service" : "goods",
          quantity: line.Quantity,
          unitPrice: line.UnitPrice,
          net: cents(net(line)),
          note: line.Description,
        })),
      total: cents(deal.Lines.records.reduce((sum, line) => sum + net(line), 0)),
      lineCount: deal.Lines.records.length,
    };
  },
};
