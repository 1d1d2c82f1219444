import { times } from "./map.ts";
import type { BenchMap } from "./map.ts";
import { cents } from "./rounding.ts";

const input = {
  account: "C-1001",
  period: { from: "2026-03-01", to: "2026-03-31" },
  plan: { included: 1000, rate: 0.0125, currency: "EUR", name: "Scale" },
  meters: times(25, (i) => ({
    meter: `api-${i}`,
    unit: i % 2 === 0 ? "calls" : "GB",
    used: 400 + i * 137,
    labels: { region: i % 3 === 0 ? "eu" : "us", tier: "standard" },
  })),
};

const text = `(
  $plan := plan;
  $billable := meters[used > $plan.included];
  {
    "customerId": account,
    "reference": account & "/" & period.from,
    "plan": $plan.name,
    "currency": $plan.currency,
    "lines": [$billable.{
      "meter": meter,
      "label": meter & " (" & labels.region & ")",
      "unit": unit,
      "quantity": used - $plan.included,
      "unitPrice": $plan.rate,
      "amount": $round((used - $plan.included) * $plan.rate, 2)
    }],
    "amount": $round($sum($billable.((used - $plan.included) * $plan.rate)), 2),
    "free": [meters[used <= $plan.included].meter],
    "meters": $count(meters)
  }
)`;

/** A month's usage becomes invoice lines. */
export const usage: BenchMap = {
  name: "usage → invoice lines, 25 meters",
  text,
  input,
  hand({ account, period, plan, meters }: typeof input) {
    const amount = (used: number): number => (used - plan.included) * plan.rate;

    const billable = meters.filter(({ used }) => used > plan.included);
    return {
      customerId: account,
      reference: `${account}/${period.from}`,
      plan: plan.name,
      currency: plan.currency,
      lines: billable.map(({ meter, labels, unit, used }) => ({
        meter,
        label: `${meter} (${labels.region})`,
        unit,
        quantity: used - plan.included,
        unitPrice: plan.rate,
        amount: cents(amount(used)),
      })),
      amount: cents(billable.reduce((sum, { used }) => sum + amount(used), 0)),
      free: meters.filter(({ used }) => used <= plan.included).map(({ meter }) => meter),
      meters: meters.length,
    };
  },
};
