import type { Instant } from "../../model/json.ts";
import type { RunRow } from "../../ports/store-reader.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";
import type { Entry, Partners } from "./partners.ts";
import type { Purger } from "./purger.ts";
import type { Sending } from "./sender.ts";
import type { Story } from "./story.ts";

/** All that there is when the world is well again and the engine has come to rest. */
export interface End {
  readonly story: Story;
  readonly partners: Partners;
  readonly sendings: readonly Sending[];
  readonly runs: readonly RunRow[];
  readonly database: Database;
  /** What was let go of because it was over: messages and effects. */
  readonly gone: Pick<Purger, "messages" | "effects">;
  /** Runs that somebody ended, so that their message was processed once more. */
  readonly discarded: ReadonlySet<string>;
  /** Until when schedules and polls went on, by the engine's own time. */
  readonly askedUntil: Instant;
  /** Nobody ever set the machine's clock. */
  readonly isClockTrue: boolean;
}

export function once(rows: readonly Entry[], what: string, expected = 1): readonly string[] {
  return rows.length === expected
    ? []
    : [`${what}: done ${rows.length} times instead of ${expected}`];
}
