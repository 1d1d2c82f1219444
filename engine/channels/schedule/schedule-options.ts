import type { Instant, Json } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Receiver } from "../shared/receiver.ts";

/** What schedules need. Times come from `clock`; the last one met is a checkpoint. */
export interface ScheduleOptions {
  readonly receiver: Receiver;
  readonly clock: Clock;
  readonly log: Log;
  /** The value saved under this name, null when there is none. */
  readonly checkpoint: (name: string) => Promise<Json>;
  readonly saveCheckpoint: (name: string, value: Json, now: Instant) => Promise<void>;
}
