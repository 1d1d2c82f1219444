import type { Json } from "../../model/json.ts";
import { endedStatuses, parkedStatuses, type RunStatus } from "../../model/run.ts";
import { hashKey } from "./ids.ts";
import { parse, toJson, type Work } from "./work.ts";

type Sequence = string | number;

interface Waiting {
  readonly runNo: number;
  readonly position: number;
  readonly gapUntil: number | null;
}

/** What a lane remembers: `$state`, and the last sequence that was applied. */
export interface LaneMemory {
  readonly state: Json;
  readonly applied?: Sequence;
}

export function laneIdOf(lane: string, laneKey: string | null): Buffer | null {
  return laneKey === null ? null : hashKey("lane", lane, laneKey);
}

export function isEnded(status: RunStatus): boolean {
  return endedStatuses.includes(status);
}

/** Neither over nor waiting for a person. */
export function isOpen(status: RunStatus): boolean {
  return !isEnded(status) && !parkedStatuses.includes(status);
}

/**
 * After a run of the lane changed: held runs are worth another test, and if the lane is free its
 * next run is offered. A run that goes (back) to `held` sets nothing in motion among the held, or
 * two of them would test each other for ever.
 */
export function laneChanged(
  work: Work,
  laneId: Uint8Array,
  runNo: number,
  status: RunStatus,
): void {
  const isAlone = work.atWork.of(runNo)?.alone === true;
  if (!isAlone && work.query.get("lane-others", { laneId, runNo }) !== undefined) {
    if (status !== "held") work.query.run("lane-retest", { laneId, runNo });
  } else if (status !== "queued" && status !== "released") {
    return;
  }
  if (status !== "ready" && status !== "active") advanceLane(work, laneId);
}

/**
 * Offers the lane's next run, if nothing holds the lane: neither a run at work, nor a released one
 * that comes back, nor a parked one before it.
 */
export function advanceLane(work: Work, laneId: Uint8Array): void {
  if (work.query.get("lane-busy", { laneId }) !== undefined) return;
  if (work.query.get("lane-returning", { laneId, now: work.now }) !== undefined) {
    work.wake.signals = true;
    work.wake.due = work.now;
    return;
  }
  const next = nextOf(work, laneId);
  if (next === undefined || waitsForGap(work, laneId, next)) return;
  const { position, runNo } = next;
  if (work.query.get("lane-parked-before", { laneId, position, runNo }) !== undefined) return;
  work.query.run("lane-offer", { runNo, now: work.now });
  work.wake.ready = true;
}

function nextOf(work: Work, laneId: Uint8Array): Waiting | undefined {
  const queued = work.query.get<Waiting>("lane-next-queued", { laneId });
  const held = work.query.get<Waiting>("lane-next-held", { laneId });
  if (queued === undefined || held === undefined) return queued ?? held;
  const first = held.position - queued.position || held.runNo - queued.runNo;
  return first < 0 ? held : queued;
}

function waitsForGap(work: Work, laneId: Uint8Array, next: Waiting): boolean {
  if (next.gapUntil === null || next.gapUntil <= work.now) return false;
  return !follows(next.position, laneMemory(work, laneId).applied);
}

/** True when `sequence` is the next one; before anything was applied, 0 and 1 may begin. */
export function follows(sequence: number, applied: Sequence | undefined): boolean {
  return applied === undefined ? sequence <= 1 : sequence <= Number(applied) + 1;
}

/** Ends the wait of runs whose gap was given its time, and offers them. */
export function closeGaps(work: Work): void {
  const over = work.query.all<{ runNo: number; laneId: Uint8Array }>("lane-gap-due", {
    now: work.now,
  });
  for (const { runNo, laneId } of over) {
    work.query.run("lane-gap-over", { runNo });
    advanceLane(work, laneId);
  }
}

/**
 * Gives a released or held run its lane back, if no other run is at work in it; a run that was
 * merely offered goes back to where it waited. False when the lane is taken.
 */
export function returnToLane(work: Work, runNo: number, laneId: Uint8Array | null): boolean {
  if (laneId !== null) {
    if (work.query.get("lane-taken", { laneId }) !== undefined) return false;
    work.query.run("lane-demote", { laneId });
  }
  work.query.run("run-return", { runNo });
  return true;
}

export function laneMemory(work: Pick<Work, "query">, laneId: Uint8Array | null): LaneMemory {
  if (laneId === null) return { state: {} };
  const row = work.query.get<{ state: string; applied: string | null }>("lane-state-get", {
    laneId,
  });
  if (row === undefined) return { state: {} };
  const state = parse(row.state);
  return row.applied === null ? { state } : { state, applied: parse<Sequence>(row.applied) };
}

export function saveLaneMemory(work: Work, laneId: Uint8Array, memory: LaneMemory): void {
  work.presence.added("laneState");
  work.query.run("lane-state-save", {
    laneId,
    state: toJson(memory.state),
    applied: memory.applied === undefined ? null : toJson(memory.applied),
  });
}

/** Below 0 when `a` is the older. Versions compare as numbers, other marks (times) as text. */
export function compareSequence(a: Sequence, b: Sequence): number {
  const numbers = [Number(a), Number(b)] as const;
  if (a !== "" && b !== "" && numbers.every(Number.isFinite)) return numbers[0] - numbers[1];
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
