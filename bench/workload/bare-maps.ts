import { readFileSync } from "node:fs";
import { join } from "node:path";
import jsonata from "jsonata";

interface Event {
  readonly occurredAt: string;
  readonly deal: {
    readonly number: string;
    readonly currency: string;
    readonly seller: { readonly mail: string };
    readonly buyer: {
      readonly ref: string;
      readonly company: string;
      readonly taxNumber: string;
      readonly mail: string;
      readonly phone: string;
      readonly site: {
        readonly street: string;
        readonly town: string;
        readonly postcode: string;
        readonly country: string;
      };
    };
    readonly positions: readonly {
      readonly position: number;
      readonly article: string;
      readonly label: string;
      readonly pieces: number;
      readonly price: number;
      readonly rebate: number;
      readonly taxClass: string;
    }[];
  };
}

type Deal = ReturnType<typeof dealOf>;

/** The two mappings of the workload, by whatever means. */
export interface Maps {
  deal(event: Event): Promise<Deal> | Deal;
  order(input: { readonly customerId: string; readonly deal: Deal }): Promise<unknown>;
}

/** Written by hand. */
export const byHand: Maps = {
  deal: dealOf,
  order: ({ customerId, deal }) => Promise.resolve(orderOf(customerId, deal)),
};

/** The workspace's own `.jsonata` files, by the library. */
export function byLibrary(): Maps {
  const deal = load("storefront/deal-in");
  const order = load("ledger/order-out");
  return {
    deal: async (event) => (await deal.evaluate(event)) as Deal,
    order: async (input) => order.evaluate(input) as Promise<unknown>,
  };
}

function load(name: string): jsonata.Expression {
  const path = join(import.meta.dirname, "workspace/mappings", `${name}.jsonata`);
  const expression = jsonata(readFileSync(path, "utf8"));
  expression.registerFunction("roundTo", rounded);
  return expression;
}

const rounded = (value: number, places = 2): string => value.toFixed(places);
const divisions: Readonly<Record<string, string>> = { DE: "1000", FR: "2000", AT: "1100" };
const taxes: Readonly<Record<string, string>> = { standard: "S19", reduced: "S07" };

function dealOf({ occurredAt, deal }: Event) {
  const { buyer, positions } = deal;
  let total = 0;
  const lines = positions.map((line) => {
    const net = line.price * line.pieces * (1 - line.rebate / 100);
    total += net;
    return {
      position: line.position,
      sku: line.article,
      text: line.label,
      quantity: line.pieces,
      price: String(line.price),
      rebate: line.rebate,
      net: rounded(net),
      taxClass: line.taxClass,
    };
  });
  return {
    dealId: `D-${deal.number}`,
    wonOn: occurredAt.slice(0, 10),
    currency: deal.currency,
    customer: {
      externalId: buyer.ref,
      name: buyer.company.trim(),
      taxNumber: buyer.taxNumber.replaceAll(" ", "").toUpperCase(),
      email: buyer.mail.toLowerCase(),
      phone: buyer.phone,
      street: buyer.site.street,
      city: buyer.site.town,
      postcode: buyer.site.postcode,
      country: buyer.site.country,
    },
    seller: deal.seller.mail.toLowerCase(),
    lines,
    total: rounded(total),
  };
}

function orderOf(customerId: string, deal: Deal) {
  return {
    kind: "ORDER",
    division: divisions[deal.customer.country],
    reference: deal.dealId,
    date: deal.wonOn.replaceAll("-", ""),
    currency: deal.currency,
    parties: ["buyer", "consignee"].map((role) => ({ role, id: customerId })),
    rows: deal.lines.map((line) => ({
      row: String(line.position).padStart(6, "0"),
      material: line.sku,
      text: line.text,
      pieces: line.quantity,
      unit: "EA",
      net: line.net,
      terms: [
        { kind: "price", value: line.price },
        { kind: "rebate", value: -line.rebate },
      ],
      tax: taxes[line.taxClass],
    })),
    net: deal.total,
    remark: `Deal ${deal.dealId} by ${deal.seller}`,
  };
}
