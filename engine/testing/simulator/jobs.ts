import { InvariantError } from "../../errors/flow-error.ts";
import type { InsightReader } from "../../ports/insight-store.ts";
import type { ReplayStore } from "../../ports/replay-store.ts";
import type { StoreReader } from "../../ports/store-reader.ts";
import { ReplayJobs } from "../../replay/index.ts";
import type { Engine, World } from "../../runtime/index.ts";

interface JobsParts {
  readonly replays: ReplayStore;
  readonly read: StoreReader;
  readonly issues: InsightReader;
  readonly letGoOn: (runId: string) => void;
}

/** The replay jobs of one process, as a running engine has them. */
export function jobsOf(world: World, engine: Engine, parts: JobsParts): ReplayJobs {
  const { clock, log } = world;
  const { replays, read, issues, letGoOn } = parts;
  return new ReplayJobs({
    store: replays,
    read,
    issues,
    clock,
    log,
    replay: (messageId, options) => engine.replay(messageId, options),
    replayStep: () =>
      Promise.reject(new InvariantError("bug/unknown-step", "no job here is of one step")),
    unpark: (runId, answer) => {
      letGoOn(runId);
      return engine.unpark(runId, answer);
    },
    current: () => engine.generation().hash,
    reread: () => Promise.resolve({ kind: "none", why: "nothing came here as bytes" }),
  });
}
