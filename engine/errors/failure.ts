import type { SourceRef } from "./diagnostic.ts";

/**
 * The closed list of failure classes.
 * - `transient`, `throttled`: try again later. `auth`: credentials are refused.
 * - `business`: the partner or a rule says no; a legitimate end.
 * - `invalid`: the message, mapping or spec makes no sense; a person mends it, nothing is undone.
 * - `in-doubt`: sent, outcome unknown. `exists`: what was to be made is there; adopt it.
 * - `wait`: not now (closed posting period); park until a time or an event.
 */
export const failureClasses = [
  "transient",
  "throttled",
  "auth",
  "business",
  "invalid",
  "in-doubt",
  "exists",
  "wait",
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** What went wrong in a run, as data: the canonical error (`$error` in flows). */
export interface Failure {
  readonly class: FailureClass;
  /** Kebab-case reason, or `room/kebab-reason` when the engine itself says so. */
  readonly code: string;
  readonly message: string;
  /** Where in the spec it was said. */
  readonly at?: SourceRef;
  /** The system that answered, such as `erp`, and the adapter that plays it. */
  readonly system?: string;
  readonly adapter?: string;
  /** Path of the step that failed. */
  readonly path?: string;
  /** Epoch milliseconds before which a retry makes no sense (Retry-After). */
  readonly retryAt?: number;
  /** The event that may end a `wait`, such as `erp.period.opened`. */
  readonly until?: string;
  /** The vendor's own words, masked, or further violations of a `require`. */
  readonly detail?: unknown;
  /** Writes of the step that had taken effect before it failed, by their names: `create`, `lines[2]`. */
  readonly left?: readonly string[];
  /** All violations of a `require`, when there is more than one. */
  readonly violations?: readonly Failure[];
}
