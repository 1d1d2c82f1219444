import { times } from "./map.ts";
import type { BenchMap } from "./map.ts";

const input = {
  id: "evt_1PqX",
  type: "invoice.finalized",
  created: 1_774_915_200,
  data: {
    object: {
      id: "in_1PqXkL",
      number: "F-2026-00417",
      currency: "eur",
      customer: "cus_QmN",
      status: "open",
      created: 1_774_915_100,
      due_date: 1_777_507_200,
      metadata: { order_id: "SO-4711", region: "EMEA" },
      lines: {
        data: times(20, (i) => ({
          id: `il_${i}`,
          amount: 1250 + i * 331,
          quantity: 1 + (i % 3),
          description: `Seat licence ${i}`,
          period: { start: 1_774_915_200 + i * 86_400, end: 1_777_507_200 + i * 86_400 },
          price: { id: `price_${i % 4}`, product: `prod_${i % 4}`, unit_amount: 1250 },
          tax_amounts: [{ amount: 237 + i, inclusive: false }],
          proration: i % 5 === 0,
        })),
      },
    },
  },
};

const text = `(
  $invoice := data.object;
  $money := function($minor) { $round($minor / 100, 2) };
  {
    "invoiceId": $invoice.id,
    "number": $invoice.number,
    "orderId": $invoice.metadata.order_id,
    "customerId": $invoice.customer,
    "currency": $uppercase($invoice.currency),
    "issuedAt": $fromMillis($invoice.created * 1000),
    "dueOn": $substring($fromMillis($invoice.due_date * 1000), 0, 10),
    "state": $invoice.status in ["paid", "void"] ? "closed" : "open",
    "lines": [$map($invoice.lines.data, function($line, $i) { {
      "position": $i + 1,
      "id": $line.id,
      "text": $line.description,
      "product": $line.price.product,
      "quantity": $line.quantity,
      "net": $money($line.amount),
      "tax": $money($sum($line.tax_amounts.amount)),
      "from": $fromMillis($line.period.start * 1000),
      "prorated": $line.proration
    } })],
    "net": $money($sum($invoice.lines.data.amount)),
    "gross": $money($sum($invoice.lines.data.amount) + $sum($invoice.lines.data.tax_amounts.amount))
  }
)`;

const money = (minor: number): number => Math.round(minor) / 100;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const time = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** A billing event with twenty lines becomes an invoice. */
export const invoice: BenchMap = {
  name: "billing event → invoice, 20 lines",
  text,
  input,
  hand({ data: { object: invoice } }: typeof input) {
    const lines = invoice.lines.data;
    const net = sum(lines.map(({ amount }) => amount));
    return {
      invoiceId: invoice.id,
      number: invoice.number,
      orderId: invoice.metadata.order_id,
      customerId: invoice.customer,
      currency: invoice.currency.toUpperCase(),
      issuedAt: time(invoice.created),
      dueOn: time(invoice.due_date).slice(0, 10),
      state: invoice.status === "paid" || invoice.status === "void" ? "closed" : "open",
      lines: lines.map((line, index) => ({
        position: index + 1,
        id: line.id,
        text: line.description,
        product: line.price.product,
        quantity: line.quantity,
        net: money(line.amount),
        tax: money(sum(line.tax_amounts.map(({ amount }) => amount))),
        from: time(line.period.start),
        prorated: line.proration,
      })),
      net: money(net),
      gross: money(
        net + sum(lines.flatMap((line) => line.tax_amounts.map(({ amount }) => amount))),
      ),
    };
  },
};
