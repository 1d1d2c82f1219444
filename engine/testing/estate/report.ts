import type { System } from "./system.ts";
import { type Effect, type EffectFilter, Ledger } from "./ledger.ts";
import { centsOf, decimalOf, sumOf } from "./money.ts";

/** Creations that carry a caller's reference: a second one with the same reference is a duplicate. */
const once = new Set([
  "order.created",
  "invoice.created",
  "receipt.created",
  "credit-memo.created",
  "revenue-schedule.created",
  "customer.created",
  "contact.created",
  "subscription.created",
  "credit-note.created",
  "refund.created",
  "organization.created",
  "ticket.created",
]);

export interface Duplicate {
  readonly system: System;
  readonly effect: string;
  readonly reference: string;
  readonly ids: readonly string[];
}

/** What a ledger says when asked the questions that matter after a test. */
export interface LedgerSummary {
  readonly effects: Readonly<Record<string, number>>;
  readonly duplicates: readonly Duplicate[];
  /** Σ of amounts by `system effect currency`, as decimal strings. */
  readonly sums: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, number>>;
  readonly webhooks: Readonly<Record<string, number>>;
}

/** A ledger that can be questioned: what was lost, what was doubled, what does it add up to. */
export class CountingLedger extends Ledger {
  /** ERP orders whose reference is this, in the order they were made; cancelled ones count too. */
  ordersByReference(reference: string): readonly Effect[] {
    return this.effects({ system: "erp", effect: "order.created", reference });
  }

  /** References for which a partner made more than one of the same thing. */
  duplicates(): readonly Duplicate[] {
    const made = this.effects().filter((row) => once.has(row.effect) && row.reference !== null);
    const groups = Map.groupBy(made, (row) => `${row.system} ${row.effect} ${row.reference ?? ""}`);
    return [...groups.values()].flatMap((rows) => {
      const [first] = rows;
      if (first === undefined || rows.length < 2) return [];
      const { system, effect, reference } = first;
      return [{ system, effect, reference: reference ?? "", ids: rows.map((row) => row.id) }];
    });
  }

  /** Σ of the amounts of these effects, as a decimal string. */
  sum(filter: EffectFilter): string {
    return sumOfEffects(this.effects(filter));
  }

  /** Most requests a partner saw in any span of this length: what a budget must bound. */
  peakRequests(system: System, spanMs: number): number {
    const times = this.requests(system).map((row) => row.at);
    let from = 0;
    let peak = 0;
    for (const [index, at] of times.entries()) {
      while ((times[from] ?? at) <= at - spanMs) from += 1;
      peak = Math.max(peak, index - from + 1);
    }
    return peak;
  }

  summary(): LedgerSummary {
    const named = (row: Effect) => `${row.system} ${row.effect}`;
    const moneyed = this.effects().filter((row) => row.amount !== null);
    const sums = Map.groupBy(moneyed, (row) => `${named(row)} ${row.currency ?? "?"}`);
    return {
      effects: counted(this.effects().map(named)),
      duplicates: this.duplicates(),
      sums: Object.fromEntries([...sums].map(([name, rows]) => [name, sumOfEffects(rows)])),
      requests: counted(this.requests().map((row) => `${row.system} ${row.status ?? "dropped"}`)),
      webhooks: counted(this.webhooks().map((row) => `${row.system} ${row.state}`)),
    };
  }
}

function sumOfEffects(rows: readonly Effect[]): string {
  return decimalOf(sumOf(rows.map((row) => centsOf(row.amount ?? "0") ?? 0)));
}

function counted(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)];
  return Object.fromEntries(groups.map(([name, all]) => [name, all.length]));
}
