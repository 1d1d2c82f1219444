import { isJsonObject, type Instant, type Json } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { AdapterQueue } from "./adapter-queue.ts";
import type { BudgetRecord, Moment } from "./budget.ts";
import type { Crashes } from "./lifetime.ts";
import type { World } from "./world.ts";

const checkpointOf = (adapter: string): string => `relay:${adapter}`;

export function momentOf(clock: Clock): Moment {
  return { steady: clock.steady(), now: clock.now() };
}

/** Puts on record what a queue must remember over a restart: its budget, circuit and rest. */
export async function saveQueue(
  { adapter, budget, circuit, holdUntil }: AdapterQueue,
  { clock, store }: Pick<World, "clock" | "store">,
  crashes: Crashes,
): Promise<void> {
  const { taken } = budget;
  const at = clock.now();
  const value: Json = {
    at,
    crashes: crashes.count,
    budget: budget.record(momentOf(clock)).map(([at, count]) => [at, count]),
    openUntil: circuit.openUntil ?? null,
    holdUntil,
  };
  await store.saveCheckpoint(checkpointOf(adapter), value, at);
  budget.recorded(taken);
}

/**
 * Goes on from the record. `opened`: when this process began, before its clock may have been set.
 * `lost`: a process crashed since the record, and what it had sent last may not be on it; processes
 * that never asked for this queue may have begun and ended in between.
 */
export async function restoreQueue(
  queue: AdapterQueue,
  { clock, store }: Pick<World, "clock" | "store">,
  { opened, crashes }: { readonly opened: Moment; readonly crashes: Crashes },
): Promise<{ readonly lost: boolean }> {
  const { record, at, openUntil, holdUntil, known } = readRecord(
    await store.checkpoint(checkpointOf(queue.adapter)),
  );
  const lost = known < crashes.count;
  queue.budget.restore(record, lost ? crashes.at : undefined, opened);
  // A clock that was set back meanwhile does not make of seconds the hours that it went back.
  const setBack = Math.max(0, at - opened.now);
  queue.circuit.restore(openUntil === undefined ? undefined : openUntil - setBack);
  if (holdUntil !== undefined) {
    const { now, steady } = momentOf(clock);
    queue.hold(now + (holdUntil - setBack - opened.now) - (steady - opened.steady));
  }
  return { lost };
}

/** True when the circuit of an adapter was open when that was last put on record. */
export async function wasOpen(adapter: string, store: World["store"]): Promise<boolean> {
  return readRecord(await store.checkpoint(checkpointOf(adapter))).openUntil !== undefined;
}

function readRecord(saved: Json): {
  readonly record: BudgetRecord;
  /** When it was written. */
  readonly at: Instant;
  /** How many crashes there had been by then. */
  readonly known: number;
  readonly openUntil: Instant | undefined;
  readonly holdUntil: Instant | undefined;
} {
  const value = isJsonObject(saved) ? saved : {};
  const { at, crashes, budget, openUntil, holdUntil } = value;
  const record = isList(budget) ? budget.flatMap(entryOf) : [];
  return {
    record,
    at: typeof at === "number" ? at : -Infinity,
    known: typeof crashes === "number" ? crashes : 0,
    openUntil: typeof openUntil === "number" ? openUntil : undefined,
    holdUntil: typeof holdUntil === "number" ? holdUntil : undefined,
  };
}

function entryOf(entry: Json): (readonly [Instant, number])[] {
  if (!isList(entry)) return [];
  const [at, count] = entry;
  return typeof at === "number" && typeof count === "number" ? [[at, count]] : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
