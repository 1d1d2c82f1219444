import {
  cutoffsOf,
  foresee,
  type PurgeOutlook,
  type PurgeRequest,
  type PurgeState,
  Retention,
  type RetentionPolicy,
} from "../governance/index.ts";
import { createLog, SystemClock } from "../ports/system/index.ts";
import { openReader, openStore } from "../store/sqlite/index.ts";

export type { PurgeOutlook, PurgeState };

/** Between two looks at how far it is. */
const lookMs = 200;

interface Offline {
  readonly path: string;
  readonly request: PurgeRequest;
  readonly policy: RetentionPolicy | undefined;
}

/** What a purge would do to a store that no engine has open. */
export async function foreseePurge({ path, request, policy }: Offline): Promise<PurgeOutlook> {
  const reader = openReader(path);
  const now = new SystemClock().now();
  try {
    return await foresee(reader.retention, cutoffsOf(request, policy, now), now);
  } finally {
    reader.close();
  }
}

/** Purges a store that no engine has open. Throws `store/owned` where one has. */
export async function purgeStore(
  { path, request, policy }: Offline,
  by: string,
  progress: (state: PurgeState) => void,
): Promise<PurgeState> {
  const store = openStore({ path });
  const clock = new SystemClock();
  const retention = new Retention({
    store: store.retention,
    clock,
    log: createLog({ clock, write: () => {}, format: "json" }),
    audit: store.audit.bind(store),
    policy: () => policy,
    pauseMs: 0,
  });
  retention.start();
  try {
    const state = retention.purge(request, by);
    const look = setInterval(() => progress(state), lookMs);
    await retention.idle().finally(() => clearInterval(look));
    return state;
  } finally {
    await retention.stop();
    await store.close();
  }
}
