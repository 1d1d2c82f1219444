import type { ScheduleOptions } from "./schedule-options.ts";
import { ScheduleRunner, type Schedules } from "./schedules.ts";

export type { ScheduleOptions } from "./schedule-options.ts";
export type { Schedules } from "./schedules.ts";

/** Schedules of flows; nothing happens before the first `follow`. */
export function createSchedules(options: ScheduleOptions): Schedules {
  return new ScheduleRunner(options);
}
