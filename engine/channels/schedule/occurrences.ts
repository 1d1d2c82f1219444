import { Cron } from "croner";
import type { Instant } from "../../model/json.ts";
import type { TriggerPlan } from "../../model/plan/flow.ts";

export type SchedulePlan = Extract<TriggerPlan, { kind: "schedule" }>["value"];

/** The times of one schedule. Pure: it asks no clock and sets no timer. */
export interface Occurrences {
  /** The first time after `at`; undefined when there is none any more. */
  after(at: Instant): Instant | undefined;
  /** The last time not after `at`. */
  upTo(at: Instant): Instant | undefined;
}

/**
 * Times of a cron expression in its zone, or of a fixed interval. Cron follows the wall clock: a time
 * that daylight saving skips comes as the gap ends, one that comes twice is taken once. Intervals are
 * counted from 1970, so that they are the same after each restart.
 */
export function occurrencesOf({ cron, every, zone }: SchedulePlan): Occurrences {
  if (cron === undefined) {
    const interval = Math.max(every ?? 60_000, 1);
    return {
      after: (at) => (Math.floor(at / interval) + 1) * interval,
      upTo: (at) => Math.floor(at / interval) * interval,
    };
  }
  // Paused and without a function: only its arithmetic is used, never its timers.
  const pattern = new Cron(cron, { timezone: zone ?? "UTC", mode: "5-part", paused: true });
  return {
    after: (at) => pattern.nextRun(new Date(at))?.getTime(),
    upTo: (at) => pattern.previousRuns(1, new Date(at + 1))[0]?.getTime(),
  };
}

/** What a schedule is, as text: times of another one were never missed. */
export function describeSchedule({ cron, every, zone }: SchedulePlan): string {
  return cron === undefined ? `every ${every ?? 0}ms` : `cron ${cron} in ${zone ?? "UTC"}`;
}
