import { times } from "./map.ts";
import type { BenchMap } from "./map.ts";
import { cents } from "./rounding.ts";

const input = {
  order: {
    orderId: "SO-4711",
    customer: { erpId: "10042", currency: "EUR" },
    orderedOn: "2026-03-31",
    paymentTerms: "net-30",
    lines: times(10, (i) => ({
      lineId: `L${i}`,
      sku: `SKU-${100 + i}`,
      name: `Article ${i}`,
      quantity: String(1 + (i % 4)),
      unitPrice: `${19 + i * 7}.50`,
      discountPercent: i % 3 === 0 ? "10" : null,
    })),
    shipTo: { name: "Northwind, hall 3", street: "Hafenstraße 12", city: "Hamburg", country: "DE" },
  },
  reference: {
    terms: { "net-30": 7, "net-14": 5 },
    products: times(10, (i) => ({ code: `SKU-${100 + i}`, id: 900 + i, unit: 1 + (i % 2) })),
  },
};

const text = `(
  $known := reference.products;
  $order := order;
  {
    "model": "sale",
    "reference": $order.orderId,
    "party": $number($order.customer.erpId),
    "currency": $order.customer.currency,
    "payment_term": $lookup(reference.terms, $order.paymentTerms) ?? null,
    "sale_date": $order.orderedOn,
    "shipment": $order.shipTo.(name & ", " & street & ", " & city & " (" & country & ")"),
    "lines": [$order.lines.(
      $line := $;
      $product := $known[code = $line.sku][0];
      {
        "sequence": $line.lineId,
        "product": $product.id,
        "unit": $product.unit,
        "description": $line.sku & " " & $line.name,
        "quantity": $number($line.quantity),
        "unit_price": $number($line.unitPrice),
        "discount": $line.discountPercent ? $number($line.discountPercent) / 100 : 0
      }
    )],
    "untaxed": $round($sum($order.lines.($number(quantity) * $number(unitPrice))), 2)
  }
)`;

/** An order with ten lines becomes an ERP's sale, with a look-up per line. */
export const erpOrder: BenchMap = {
  name: "order → ERP, 10 lines",
  text,
  input,
  hand({ order, reference }: typeof input) {
    const { shipTo } = order;
    const terms: Readonly<Record<string, number | undefined>> = reference.terms;
    return {
      model: "sale",
      reference: order.orderId,
      party: Number(order.customer.erpId),
      currency: order.customer.currency,
      payment_term: terms[order.paymentTerms] ?? null,
      sale_date: order.orderedOn,
      shipment: `${shipTo.name}, ${shipTo.street}, ${shipTo.city} (${shipTo.country})`,
      lines: order.lines.map((line) => {
        const product = reference.products.find(({ code }) => code === line.sku);
        return {
          sequence: line.lineId,
          product: product?.id,
          unit: product?.unit,
          description: `${line.sku} ${line.name}`,
          quantity: Number(line.quantity),
          unit_price: Number(line.unitPrice),
          discount: line.discountPercent === null ? 0 : Number(line.discountPercent) / 100,
        };
      }),
      untaxed: cents(
        order.lines.reduce((sum, line) => sum + Number(line.quantity) * Number(line.unitPrice), 0),
      ),
    };
  },
};
