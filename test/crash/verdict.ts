import type { CrashRunResult } from "./crash-run.ts";
import type { EndState, RunEnd } from "./end-state.ts";

const open = ["queued", "ready", "held", "active", "released"];
/** Flows that come by the clock, in one run and perhaps not in the other. */
const scheduled = ["hold-check", "revenue-check"];
const parked = ["dead", "invalid", "in-doubt", "stuck"];

/** Everything that is not as it must be after a run with kills, held against the undisturbed one. */
export function faultsOf(result: CrashRunResult, undisturbed: CrashRunResult): readonly string[] {
  const { end } = result;
  return [
    ...(result.unrest === undefined ? [] : [`it came to no rest: ${result.unrest}`]),
    ...(end.integrity === "ok" ? [] : [`the store is damaged: ${end.integrity}`]),
    ...orderFaults(result),
    ...result.wrong,
    ...end.summary.duplicates.map((twice) => `made twice: ${JSON.stringify(twice)}`),
    ...stuckFaults(end),
    ...messageFaults(end),
    ...laneFaults(end),
    ...differences(statuses(end), statuses(undisturbed.end)),
    ...differences(sums(end), sums(undisturbed.end)),
  ];
}

/** Each deal is one confirmed order of the right amount, or none and a refusal that the CRM shows. */
function orderFaults({ deals, end }: CrashRunResult): readonly string[] {
  return deals.flatMap(({ deal, plan }) => {
    const { opportunityId: id, refusals, total } = deal;
    const made = (effect: string) =>
      end.effects.filter((row) => row.effect === effect && row.reference === id);
    const confirmed = made("order.confirmed");
    const isAsked = plan.options.variations?.includes("above-threshold") === true;
    const isRefused =
      refusals.some((refusal) => refusal !== "PARENT_UNKNOWN") ||
      (isAsked && plan.answer === "reject");
    if (!isRefused) {
      const amounts = confirmed.map(({ amount }) => amount);
      if (amounts.length === 1 && amounts[0] === total) return [];
      return [`deal ${id} of ${total} has the orders ${JSON.stringify(amounts)}`];
    }
    const left = made("order.created").length - made("order.cancelled").length;
    const shown = end.effects.filter(
      (row) => row.id === id && JSON.stringify(row.data).includes('"Refused"'),
    );
    return [
      ...(left === 0 ? [] : [`deal ${id} must be refused, and has ${left} orders`]),
      ...(shown.length > 0 ? [] : [`deal ${id} must be refused, and the CRM does not know`]),
    ];
  });
}

/** Nothing is under way, and what is parked says why. */
function stuckFaults({ runs }: EndState): readonly string[] {
  return runs.flatMap(({ flow, identity, status, error }) => {
    if (open.includes(status)) return [`${flow} ${identity} is still ${status}`];
    const isMute = parked.includes(status) && error === null;
    return isMute ? [`${flow} ${identity} is ${status}, and nothing says why`] : [];
  });
}

/**
 * What was answered with 2xx is in the store. Updates are told by the engine's own writes, too, and
 * those are dropped as echoes; records are created by people alone.
 */
function messageFaults({ webhooks, messages, runs }: EndState): readonly string[] {
  const known = new Set(messages.map((key) => key.split(":")[0]));
  const lost = webhooks.filter(
    ({ system, event, state, id }) =>
      system === "crm" && event.endsWith("CREATE") && state === "delivered" && !known.has(id),
  );
  const untaken = webhooks.filter(({ state }) => state === "given-up" || state === "unrouted");
  const ids = messages.length - new Set(messages).size;
  const twice = repeated(runs.map(({ flow, identity }) => `${flow} ${identity}`));
  return [
    ...lost.map(({ event, id }) => `webhook ${event} ${id} was accepted, and there is no message`),
    ...untaken.map(({ event, id, state }) => `webhook ${event} ${id} is ${state}`),
    ...(ids === 0 ? [] : [`${ids} messages are stored twice`]),
    ...twice.map((name) => `two runs of ${name}`),
  ];
}

/** In one lane, a run begins after the one before it has ended. */
function laneFaults({ runs }: EndState): readonly string[] {
  const laned = runs.filter(({ laneKey }) => laneKey !== null);
  const lanes = Map.groupBy(laned, ({ lane, laneKey }) => `${lane} ${laneKey ?? ""}`);
  return [...lanes].flatMap(([lane, inOrder]) =>
    inOrder.flatMap((run, index) => {
      const before = inOrder[index - 1];
      const overlaps = before !== undefined && (run.first ?? 0) < (before.last ?? 0);
      return overlaps ? [`lane ${lane}: run ${run.runNo} began before ${before.runNo} ended`] : [];
    }),
  );
}

/**
 * How the runs of each key ended. Change events come in other numbers each time, so none is counted;
 * billing gives its invoices other ids each time, so of those the keys that ended alike are counted.
 */
function statuses({ runs }: EndState): ReadonlyMap<string, string> {
  const keyOf = ({ flow, laneKey }: RunEnd) => `runs of ${flow} ${laneKey ?? ""}`;
  const compared = runs.filter(({ flow }) => !scheduled.includes(flow));
  const ends = [...Map.groupBy(compared, keyOf)].map(([key, all]) => ({
    key,
    end: [...new Set(all.map(({ status }) => status))].sort().join(),
  }));
  const isInvoice = ({ key }: { readonly key: string }) => / in_[0-9a-f]+$/.test(key);
  const counted = Map.groupBy(
    ends.filter(isInvoice),
    ({ key, end }) => `invoices of ${key.slice(0, key.lastIndexOf(" "))} that ended as ${end}`,
  );
  return new Map([
    ...ends.filter((one) => !isInvoice(one)).map(({ key, end }) => [key, end] as const),
    ...[...counted].map(([key, all]) => [key, String(all.length)] as const),
  ]);
}

/** Money and things that once-only effects made. */
function sums({ summary }: EndState): ReadonlyMap<string, string> {
  const counted = Object.entries(summary.effects).filter(([name]) => !name.endsWith(".updated"));
  return new Map([
    ...Object.entries(summary.sums).map(([name, sum]) => [`sum of ${name}`, sum] as const),
    ...counted.map(([name, count]) => [`number of ${name}`, String(count)] as const),
  ]);
}

function differences(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  const names = [...new Set([...found.keys(), ...expected.keys()])];
  return names
    .filter((name) => found.get(name) !== expected.get(name))
    .map(
      (name) => `${name}: ${found.get(name) ?? "none"} instead of ${expected.get(name) ?? "none"}`,
    );
}

function repeated(names: readonly string[]): readonly string[] {
  return [...Map.groupBy(names, (name) => name)]
    .filter(([, all]) => all.length > 1)
    .map(([name]) => name);
}
