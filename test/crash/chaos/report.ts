import type { ChaosOptions, ChaosResult } from "./run.ts";
import { centsOf, type Comparison } from "./verdict.ts";
import { perSecond } from "./workspace.ts";

/** Everything that is not as it must be; nothing when the ledger equals the truth. */
export function faultsOf(result: ChaosResult, { events, kills }: ChaosOptions): readonly string[] {
  const { store, partner } = result;
  const isDone = store.runs["done"] === events && Object.keys(store.runs).length === 1;
  return [
    ...result.wrong,
    ...result.comparisons.flatMap(faultsOfBook),
    ...(result.kills === kills ? [] : [`${result.kills} kills instead of ${kills}`]),
    ...(isDone ? [] : [`runs: ${JSON.stringify(store.runs)} instead of ${events} done`]),
    ...(store.messages === events ? [] : [`${store.messages} messages instead of ${events}`]),
    ...(store.integrity === "ok" ? [] : [`the store is damaged: ${store.integrity}`]),
    ...(partner.fullestSecond <= perSecond
      ? []
      : [`a partner had ${partner.fullestSecond} requests in a second instead of ${perSecond}`]),
  ];
}

function faultsOfBook({ book, missing, twice, foreign, early }: Comparison): readonly string[] {
  return Object.entries({ missing, twice, foreign, "out of order": early }).flatMap(
    ([what, rows]) =>
      rows.length === 0
        ? []
        : [`${book}s ${what}: ${rows.length}, such as ${rows.slice(0, 3).join(", ")}`],
  );
}

/** The figures, for people. */
export function figuresOf(result: ChaosResult, { events }: ChaosOptions): readonly string[] {
  const { plan, comparisons, partner, attempts, startMs, seconds } = result;
  const truth = plan.bookings.reduce((sum, { amount }) => sum + centsOf(amount), 0);
  const accounts = new Set(plan.bookings.map(({ account }) => account)).size;
  const faults = Object.entries(partner.faults).sort(([a], [b]) => (a < b ? -1 : 1));
  const slowest = Math.max(0, ...startMs);
  return [
    `truth      ${events} bookings of ${accounts} accounts, ${money(truth)}; told ${plan.sendings.length} times, in ${attempts} requests`,
    ...comparisons.map(
      ({ book, rows, cents, missing, twice, foreign, early }) =>
        `${`${book}s`.padEnd(10)} ${rows} rows, ${money(cents)}: ${missing.length} missing, ${twice.length} twice, ${foreign.length} foreign, ${early.length} out of order`,
    ),
    `kills      ${result.kills} by SIGKILL; serving again after ${Math.round(slowest)} ms at most`,
    `partners   ${faults.map(([kind, count]) => `${count} ${kind}`).join(", ") || "no faults"}`,
    `budget     ${partner.fullestSecond} requests in the fullest second, of ${perSecond}`,
    `in         ${seconds.toFixed(1)} s, ${(events / seconds).toFixed(0)} bookings a second`,
  ];
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
