import type { Instant, Json } from "../../model/json.ts";
import type { RunEvent } from "../../model/run-event.ts";
import type { Committed } from "../../ports/store.ts";
import type { AtWork } from "./at-work.ts";
import type { Counters } from "./counters.ts";
import type { DocumentRoom } from "./document-room.ts";
import type { Keys } from "./keys.ts";
import type { Presence } from "./presence.ts";
import type { Queries } from "./queries.ts";

/** What one operation works with: the statements, its time, and what it must wake afterwards. */
export interface Work {
  readonly query: Queries;
  readonly keys: Keys;
  readonly counters: Counters;
  readonly room: DocumentRoom;
  readonly atWork: AtWork;
  readonly presence: Presence;
  readonly now: Instant;
  readonly wake: Wake;
  /** Runs that became open, less those that ended or parked. */
  opened: number;
}

/** What the runtime must look at again, collected while tables change. */
interface Wake {
  ready: boolean;
  signals: boolean;
  due: Instant | undefined;
}

/** What the store keeps from one operation to the next. */
export type Tables = Pick<Work, "query" | "keys" | "counters" | "room" | "atWork" | "presence">;

export function startWork(tables: Tables, now: Instant): Work {
  const wake = { ready: false, signals: false, due: undefined };
  return { ...tables, now, wake, opened: 0 };
}

/** Something becomes due then: the earliest counts. */
export function wakeAt(work: Work, due: Instant): void {
  work.wake.due = work.wake.due === undefined ? due : Math.min(work.wake.due, due);
}

export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

export function toJsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Text that `toJson` wrote: its shape is the caller's to know. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of the text
export function parse<T = Json>(text: string): T {
  return JSON.parse(text) as T;
}

export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** Queues an event for a run; a matched message by its number. */
export function queueSignal(
  work: Work,
  runNo: number,
  event: {
    readonly kind: RunEvent["kind"];
    readonly path?: string;
    readonly [more: string]: unknown;
  },
  messageNo: number | null = null,
): void {
  const { kind, path = "" } = event;
  work.query.run("signal-insert", { runNo, kind, path, event: toJson(event), messageNo });
  work.atWork.disturb(runNo);
  work.wake.signals = true;
}

/** A decision was taken: what the runtime must look at. */
export function committed(work: Work): Committed {
  const { ready, signals, due } = work.wake;
  return { committed: true, ready, signals, ...(due === undefined ? {} : { nextDue: due }) };
}
