import type { Failure } from "../errors/failure.ts";
import type { Instant, Json } from "./json.ts";
import type { Message } from "./message.ts";

/**
 * Where a run stands.
 * - `queued`: behind another in its lane. `ready`: may be decided. `held`: parked by `hold-back`.
 * - `active`: waits for deliveries, timers, tasks, callbacks or child runs, all of them rows.
 * - `released`: as `active`, but its lane moved on (`lane: release`).
 * - Ends: `done`; `stopped` (a `stop` step); `failed` (a business end; undone where declared);
 *   `superseded` (a newer message of the key was applied); `discarded` (by a person).
 * - Parked for a person, holding the lane: `dead` (a partner never took it), `invalid` (it makes no
 *   sense), `in-doubt` (outcome unknown and not to be looked up), `stuck` (an undo failed).
 */
export type RunStatus =
  | "queued"
  | "ready"
  | "held"
  | "active"
  | "released"
  | "done"
  | "stopped"
  | "failed"
  | "superseded"
  | "discarded"
  | "dead"
  | "invalid"
  | "in-doubt"
  | "stuck";

export const endedStatuses: readonly RunStatus[] = [
  "done",
  "stopped",
  "failed",
  "superseded",
  "discarded",
];
export const parkedStatuses: readonly RunStatus[] = ["dead", "invalid", "in-doubt", "stuck"];

/** Status of one step of a run. `waiting` has something open; `retrying` waits for its timer. */
export type NodeStatus =
  | "waiting"
  | "retrying"
  | "done"
  | "skipped"
  | "failed"
  | "caught"
  | "undone";

/** What a step that failed left behind at the partner. */
export interface Partial {
  /** The writes that took effect, by their names within the step: `create`, `lines[2]`. */
  readonly writes: readonly string[];
  /** Why they cannot be undone by what the flow declares; absent where its `undo` can. */
  readonly why?: string;
}

/** The recorded state of one step, by its path. Small: results are kept apart. */
export interface NodeState {
  readonly status: NodeStatus;
  /** Failures met so far; crashes do not count here. */
  readonly failures: number;
  /** What the step kind itself remembers between events. */
  readonly memo?: Json;
  readonly error?: Failure;
  /** Order of completion within the run, for undo. */
  readonly order?: number;
  /** Input of the undo step, evaluated when the step completed. */
  readonly undo?: Json;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  /** Set while the run stands because of this step: how it is parked. */
  readonly park?: "dead" | "invalid" | "in-doubt" | "stuck";
  /** It was let go on, and the walk has not come to it yet. */
  readonly resumed?: true;
  /** The `catch` handler that runs in place of the step, by its place in the list. */
  readonly handler?: number;
  /** A `stop` in here ends the run, once everything beside it is drained. */
  readonly stopped?: true;
  /** Its retries are used up: only whether it took effect is still found out. */
  readonly asked?: true;
  /** The step's timeout has passed while something was out that must be known first. */
  readonly late?: true;
  /** The result is there, but its undo input could not be evaluated: never sent a second time. */
  readonly completing?: true;
  /** It failed for good after some of its writes had taken effect: these are undone, or told to a person. */
  readonly partial?: Partial;
}

/** A run's position: one small versioned document, never re-derived from history. */
export interface RunState {
  readonly version: 1;
  readonly phase: "steps" | "on-error" | "undo" | "ended";
  readonly nodes: Readonly<Record<string, NodeState>>;
  /** Completions so far; the next `NodeState.order`. */
  readonly completions: number;
  /** Why the run left its `steps` phase. */
  readonly error?: Failure;
  /** How often each step was undone and may run again: its effects get new keys each time. */
  readonly rounds?: Readonly<Record<string, number>>;
  /** How the run ended, once it did. */
  readonly endedAs?: RunStatus;
  /** How many of its writes may have happened and are being found out about; absent for none. */
  readonly doubts?: number;
  /** Set while the run is parked for a person, who was told. */
  readonly parked?: true;
  /** Set while `hold-back` parks the run. */
  readonly held?: true;
  /** Set once the caller of an API flow was answered. */
  readonly responded?: true;
  /** Set while an ended child run undoes its steps for its parent: the parent's undo path. */
  readonly compensates?: string;
}

/** A run as `decide` needs it. */
export interface RunSnapshot {
  readonly id: string;
  readonly flow: string;
  readonly generation: string;
  readonly message: Message;
  /** Value of the flow's idempotency expression: the business identity of all its effects. */
  readonly identity: string;
  readonly laneKey: string | null;
  /** Where the run belongs, as its flow says. */
  readonly region?: string;
  readonly state: RunState;
  /** Results of completed steps, by path (`steps.order`), with the step's id kept in the plan. */
  readonly results: Readonly<Record<string, Json>>;
  /** `$state` of the lane, without defaults. */
  readonly laneState: Json;
  /** Set for a child run: whom to tell at the end. */
  readonly parent?: { readonly runId: string; readonly path: string };
  /** Lanes held by this run's ancestors, `flow lane key` each: asking for one fails at once. */
  readonly ancestors: readonly { readonly flow: string; readonly laneKey: string | null }[];
  /** The caller waits for an answer until then. */
  readonly respondBy?: Instant;
  readonly replayOf?: string;
}
