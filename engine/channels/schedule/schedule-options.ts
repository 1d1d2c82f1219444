import type { Instant, Json } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Receiver } from "../shared/receiver.ts";

/** Times of one schedule at which nobody was there. */
export interface MissedTimes {
  readonly flow: string;
  readonly policy: "run-once" | "run-all" | "skip";
  /** How many there were; counted up to 10,000. */
  readonly missed: number;
  readonly first: Instant;
  readonly last: Instant;
  /** How many of them are run now. */
  readonly run: number;
}

/** What schedules need. Times come from `clock`; the last one met is a checkpoint. */
export interface ScheduleOptions {
  readonly receiver: Receiver;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of times that were missed, and what the flow's policy made of them. */
  readonly missed?: (missed: MissedTimes) => Promise<void>;
  /** The value saved under this name, null when there is none. */
  readonly checkpoint: (name: string) => Promise<Json>;
  readonly saveCheckpoint: (name: string, value: Json, now: Instant) => Promise<void>;
}
