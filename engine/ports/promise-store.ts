import type { Failure } from "../errors/failure.ts";
import type { Instant } from "../model/json.ts";
import type { RunStatus } from "../model/run.ts";

/** A promise about time: a flow is complete, or has reached a milestone, within so long. */
export interface FlowPromise {
  readonly flow: string;
  /** Complete unless told. */
  readonly milestone?: string;
  readonly withinMs: number;
}

/** A run that is not done yet, or has not reached its milestone. */
export interface OpenRunRow {
  readonly runId: string;
  readonly status: RunStatus;
  readonly laneKey: string | null;
  readonly startedAt: Instant;
}

/** How a promise was kept by the runs that are over. */
export interface KeptRow {
  readonly ended: number;
  readonly inTime: number;
  readonly averageMs: number | null;
  readonly longestMs: number | null;
}

/** One milestone on one day, UTC. */
export interface MilestoneDay {
  readonly name: string;
  readonly day: string;
  readonly count: number;
  /** From acceptance to the milestone. */
  readonly averageMs: number;
  readonly longestMs: number;
}

export interface Span {
  readonly since: Instant;
  readonly until: Instant;
}

/** What is promised, looked at from the side of what has not happened. */
export interface PromiseStore {
  /** Numbers of runs under way that became late between two looks, and are not on record as late. */
  late(promise: FlowPromise, path: string, between: Span): Promise<readonly number[]>;
  /** Puts them on record as failures of kind `late`, with how far was looked. */
  recordLate(
    runs: readonly { readonly runNo: number; readonly path: string; readonly failure: Failure }[],
    looked: Readonly<Record<string, Instant>>,
    now: Instant,
  ): Promise<void>;
  /** How far was looked, by promise. */
  looked(): Promise<Readonly<Record<string, Instant>>>;
  /** When the earliest run began that is under way and began after `after`. */
  nextUnderWay(after: Instant): Promise<Instant | undefined>;
  /** Runs begun until then that have not kept the promise yet, the oldest first. */
  open(promise: FlowPromise, until: Instant, limit: number): Promise<readonly OpenRunRow[]>;
  kept(promise: FlowPromise, span: Span): Promise<KeptRow>;
  milestones(span: Span, flow?: string): Promise<readonly MilestoneDay[]>;
}
