import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Waiting } from "../ports/store-reader.ts";
import { callsOf } from "./reach.ts";
import type { AdapterOutlook, AdapterStatus } from "./status.ts";

/** What waits, by adapter, and when it will be sent: an estimate, told as such. */
export function outlookOf(
  { deliveries, runs }: Waiting,
  adapters: readonly AdapterStatus[],
  generation: Generation,
  now: Instant,
): readonly AdapterOutlook[] {
  const requests = new Map<string, number>();
  const add = (adapter: string, count: number): void => {
    if (count > 0) requests.set(adapter, (requests.get(adapter) ?? 0) + count);
  };
  for (const { adapter, count } of deliveries) add(adapter, count);
  for (const { adapter, queued } of adapters) add(adapter, queued);
  for (const { flow, count } of runs) {
    for (const [adapter, calls] of callsOf(flow, generation)) add(adapter, calls * count);
  }
  return [...requests].sort(byName).map(([adapter, count]) => {
    const status = adapters.find((one) => one.adapter === adapter);
    const drainMs = status === undefined ? undefined : drainTime(count, status, now);
    return { adapter, requests: count, ...(drainMs === undefined ? {} : { drainMs }) };
  });
}

/** The slowest window says how long it takes; without one, what an answer took so far. */
function drainTime(count: number, status: AdapterStatus, now: Instant): number | undefined {
  const { budget, concurrency, averageMs, heldUntil } = status;
  const spans = budget.map(({ limit, perMs, used }) => {
    const beyond = count - Math.max(0, limit - used);
    return beyond <= 0 ? 0 : Math.ceil(beyond / limit) * perMs;
  });
  if (averageMs !== undefined) spans.push(Math.ceil((count * averageMs) / concurrency));
  if (spans.length === 0) return undefined;
  const rest = heldUntil === undefined ? 0 : Math.max(0, heldUntil - now);
  return Math.max(rest, ...spans);
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
