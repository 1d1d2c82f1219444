import type { Instant } from "../model/json.ts";

/** What is kept for a time of its own: bodies, then runs with their messages, then who did what. */
export const retentionClasses = ["payloads", "history", "audit"] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** All of a class that was written before the time is over. */
export type Cutoffs = { readonly [Class in RetentionClass]?: Instant };

/** What one bounded transaction did. */
export interface RetentionStep {
  /** Messages emptied or removed, rows of the audit removed, keys forgotten. */
  readonly done: number;
  /** Messages that are over and that something still needs: they are asked again in the next pass. */
  readonly waiting: number;
  /** Nothing is left to go over in this pass. */
  readonly finished: boolean;
}

/** One way through all that is over, a bounded transaction at a time. */
export interface RetentionPass {
  /** Rejects when the store cannot write: what was done stays done, and a new pass goes on. */
  step(now: Instant): Promise<RetentionStep>;
}

/** What a class has, and what a purge would do to it. */
export interface RetentionOutlook {
  /** Messages or rows of the audit that are over. */
  readonly over: number;
  /** Bytes of the messages as they were received. */
  readonly bytes: number;
  /** Of them, those that something still needs, by what it is. */
  readonly needed: Readonly<Record<Need, number>>;
}

/** An unfinished run (dead letters, tasks and waits included), an open issue, a replay, a wait for events. */
export type Need = "run" | "issue" | "replay" | "event";

/** What can be said of retention on any connection. */
export interface RetentionReader {
  /** Looks at all that is over, some of it at a time; the event loop goes on between. */
  outlook(kind: RetentionClass, before: Instant, now: Instant): Promise<RetentionOutlook>;
}

/** Applies retention to the store, in the order of time; never to what something still needs. */
export interface RetentionStore {
  readonly read: RetentionReader;
  pass(kind: RetentionClass, before: Instant): RetentionPass;
  /** Forgets keys whose own time is over, and cached values past all use. */
  forgetKeys(): RetentionPass;
  /** Gives some free pages back to the disk; answers the bytes that are still free within the file. */
  shrink(): Promise<number>;
}
