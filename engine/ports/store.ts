import type { Decision } from "../model/decision.ts";
import type { Delivery } from "../model/delivery.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { IntakeRun, MessageIntake } from "../model/intake.ts";
import type { RunEvent, Settlement, TaskAnswer } from "../model/run-event.ts";
import type { RunSnapshot, RunStatus } from "../model/run.ts";
import type { Selection } from "./selection.ts";
import type { StoreReader } from "./store-reader.ts";

/** Messages that came together, in an order. Whoever hands them over makes one, and the store marks it. */
export interface Series {
  /** One of them could not be stored. */
  isBroken: boolean;
}

/**
 * The engine's memory. Every writing method is durable when its promise resolves (one transaction,
 * shared with whatever else is in flight: group commit). None takes a callback; time is given,
 * never asked. Within one store, writes take effect in the order of the calls.
 */
export interface Store {
  /**
   * Message, its runs and the audit of what was refused, in one transaction. Of a `series`, none is
   * stored after one that could not be: it rejects with `store/out-of-turn`.
   */
  accept(intake: Intake, now: Instant, series?: Series): Promise<Accepted>;
  /**
   * Marks up to `limit` ready runs as claimed and returns them, lane heads only, by priority then
   * age, none of `except`. A claim lasts until `commit`, or until the process ends: one process owns
   * a store.
   */
  claim(limit: number, now: Instant, except?: Except): Promise<readonly ClaimedRun[]>;
  /** Loads one run as `decide` needs it. */
  load(runId: string): Promise<RunSnapshot | undefined>;
  /**
   * Takes one decision whole: state, results, history, outbox, timers, emitted events with their
   * runs, children, listens (matching early events), tasks, crosswalk, ledger, parent's notice;
   * frees the lane when the run ended. Returns what the runtime must know to go on. Rejects with
   * `store/effect-conflict` or `store/link-conflict` where the decision contradicts what was done
   * before: nothing is written, and asking again is no use; a person must decide.
   */
  commit(commit: RunCommit, now: Instant): Promise<Committed>;
  /**
   * Deliveries that are due, by priority then age, not already handed out by this process, none of
   * `except`.
   */
  dueDeliveries(now: Instant, limit: number, except?: Except): Promise<readonly Delivery[]>;
  /** Marks a delivery `sent` before its first byte leaves; only where `markSent` asks for it. */
  markSent(delivery: Pick<Delivery, "id" | "runId">, now: Instant): Promise<void>;
  /** Takes timers that are due; each is deleted by the commit that handles its event. */
  dueTimers(now: Instant, limit: number): Promise<readonly DueTimer[]>;
  /**
   * The earliest time at which a delivery or timer becomes due, if any; with `after`, the earliest
   * that is later than it, so that what waits for other reasons hides no timer.
   */
  nextDue(after?: Instant): Promise<Instant | undefined>;
  /** Events waiting for a run (matched, chosen, child-ended, resume), in commit order. */
  takeSignals(limit: number): Promise<readonly QueuedSignal[]>;
  /**
   * Values for fact requests; absent ones are `null` in the answer. `evaluate` is not for the store.
   * `cache` and `reference` answer the value that was cached, until it expires; `effect` answers
   * `{ bodyHash, path, at, outcome }` as the ledger has it; `results` what the steps of a run gave.
   */
  facts(requests: readonly FactRequest[], now: Instant): Promise<ReadonlyMap<string, Json>>;

  /** A person's answer to an open task. False when it is not open any more. */
  choose(taskId: string, answer: TaskAnswer, now: Instant): Promise<boolean>;
  /** Lets a parked run go on, or ends it as `discarded`. False when it is not parked. */
  unpark(runId: string, answer: Unpark, now: Instant): Promise<boolean>;

  /** Saves a checkpoint of a poll or schedule; `null` when it was never saved. */
  checkpoint(name: string): Promise<Json>;
  /** With `audit`, both or neither is written. */
  saveCheckpoint(name: string, value: Json, now: Instant, audit?: AuditEntry): Promise<void>;
  /** Counters of budgets and circuits that must survive a restart. */
  saveGeneration(record: GenerationRecord, now: Instant): Promise<void>;
  loadGeneration(hash: string): Promise<GenerationRecord | undefined>;
  /** Generations that unfinished runs still need. */
  liveGenerations(): Promise<readonly string[]>;
  audit(entry: AuditEntry, now: Instant): Promise<void>;

  /**
   * Runs neither ended nor parked, exactly as the transactions on disk that were told of left them;
   * counted by `recover`, which whoever asks for it calls first.
   */
  readonly backlog: number;
  readonly read: StoreReader;
  /** After a crash: forgets claims, hands out unsettled deliveries again as `crashed`. */
  recover(now: Instant): Promise<Recovered>;
  close(): Promise<void>;
}

/** A message and what follows from it. */
export type Intake = MessageIntake<NewRun>;

export interface NewRun extends IntakeRun {
  /** Its first decision, made beforehand on the run as `snapshot` shows it. */
  readonly begin?: Beginning;
}

/**
 * Taken with the message, in its transaction, if the run may begin at once: nothing is before it in
 * its lane, and the lane remembers nothing. Otherwise left out: the run waits to be claimed.
 */
export interface Beginning {
  readonly snapshot: RunSnapshot;
  /** Answers `start`; with no events or children of its own. */
  readonly commit: RunCommit;
}

export interface Accepted {
  readonly outcome: "accepted" | "duplicate";
  /** The first message's id when it is a duplicate. */
  readonly messageId: string;
  readonly runs: readonly {
    readonly id: string;
    readonly flow: string;
    readonly status: RunStatus;
    /** Its first decision was taken, too. */
    readonly begun?: Committed;
  }[];
  /** Flows whose identity was met before: no second run. */
  readonly repeats: readonly { readonly flow: string; readonly runId: string }[];
  /** Signals were queued for listening runs. */
  readonly matched: number;
}

/** What is not to be handed out now: a person paused it, or its queue in memory is full. */
export interface Except extends Selection {
  readonly adapters?: readonly string[];
  readonly systems?: readonly string[];
  /** Adapters whose queue in memory is full from this priority on: 0 high, 1 normal, 2 low. */
  readonly full?: readonly { readonly adapter: string; readonly from: number }[];
  /**
   * Runs that are not begun, but those that a run at work has asked for or that stand before such a
   * one in its lane: what has begun must be able to end.
   */
  readonly beginning?: Selection;
}

export interface ClaimedRun {
  readonly snapshot: RunSnapshot;
  /** Raised at each claim: guards against messages that kill the process. */
  readonly claims: number;
}

export interface RunCommit {
  readonly runId: string;
  readonly flow: string;
  readonly decision: Decision;
  /** The event this decision answers. */
  readonly event: RunEvent;
  /** Row of the queue the event came from, deleted in this commit. */
  readonly signalId?: string;
  /** Set for an `outcome` event: settles the delivery. */
  readonly deliveryId?: string;
  /** Emitted events and children as messages with their runs. */
  readonly intakes: readonly Intake[];
  /** Ids for the decision's deliveries, in order. */
  readonly deliveryIds: readonly string[];
  /**
   * Those of the ids that are handed out by this very commit, as `dueDeliveries` would a moment
   * later: it will not give them, and `recover` finds them handed out.
   */
  readonly handOut?: ReadonlySet<string>;
  readonly taskIds: readonly string[];
}

export interface Committed {
  /** False when the run had ended or the delivery was settled meanwhile: nothing was written. */
  readonly committed: boolean;
  /** A run became ready (this lane's next, a child, a subscriber of an emitted event). */
  readonly ready: boolean;
  readonly signals: boolean;
  readonly nextDue?: Instant;
}

export interface DueTimer {
  readonly runId: string;
  readonly path: string;
  readonly name: string;
  readonly due: Instant;
}

export interface QueuedSignal {
  readonly id: string;
  readonly runId: string;
  readonly event: RunEvent;
}

export type Unpark =
  /** Goes on from the failed step, on the generation given (the pinned one unless told). */
  | {
      readonly kind: "resume";
      readonly by: string;
      readonly generation?: string;
      readonly data?: Json;
      /** Why the data is another. */
      readonly reason?: string;
    }
  /** Goes on after a call in doubt, which was done: this is what it gave. */
  | ({ readonly kind: "settle"; readonly by: string; readonly generation?: string } & Settlement)
  | { readonly kind: "discard"; readonly by: string; readonly reason: string };

export interface GenerationRecord {
  readonly hash: string;
  /** Whole workspace text by path: last month's run can show its exact text. */
  readonly files: Readonly<Record<string, string>>;
}

export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: Json;
}

export interface Recovered {
  /** Runs in no final state. */
  readonly runs: number;
  /** Deliveries committed without an outcome: in doubt until their adapter's rule settles them. */
  readonly deliveries: number;
}
