import { type Base, generationBy } from "./base.ts";
import type { Meter } from "../channels/http-in/index.ts";
import type { LogIn } from "../channels/http-out/index.ts";
import { ClockWatch, Retention, StoreWatch } from "../governance/index.ts";
import { IncidentSight } from "./incidents.ts";
import type { Incidents, Insight } from "../insight/index.ts";
import type { Generation } from "../model/plan/generation.ts";
import { createReplays, type Replays } from "./replays.ts";
import type { Engine, ReloadStatus } from "../runtime/index.ts";
import type { OwnStore } from "../store/sqlite/index.ts";
import { createWatch } from "./watch.ts";

/** Between two transactions of a purge that a person asked for. */
const purgePauseMs = 5;

/** What the admin API shows and does beside the engine. */
export function surfacesOf({
  store,
  insight,
  replays,
  meter,
  retention,
  storeWatch,
  clocks,
}: {
  readonly store: OwnStore;
  readonly insight: Insight;
  readonly replays: Replays;
  readonly meter: Meter;
  readonly retention: Retention;
  readonly storeWatch: StoreWatch;
  readonly clocks: ClockWatch;
}) {
  return {
    meter,
    insight: {
      read: store.insight.read,
      set: insight.set.bind(insight),
      sla: insight.sla.bind(insight),
      counts: insight.counts.bind(insight),
    },
    replays: { ...replays, read: store.replays.read },
    store: () => storeWatch.view(),
    clocks: () => clocks.view(),
    retention: {
      purge: retention.purge.bind(retention),
      outlook: retention.outlook.bind(retention),
      state: retention.state.bind(retention),
    },
  };
}

/** What looks after a running engine: issues, replay jobs, and what is over. */
export function keepersOf(
  base: Base,
  {
    store,
    engine,
    baseUrl,
    logIns,
    reload,
  }: {
    readonly store: OwnStore;
    readonly engine: Engine;
    readonly baseUrl: () => string;
    readonly logIns: () => readonly LogIn[];
    readonly reload: () => ReloadStatus | undefined;
  },
) {
  const generation = (): Generation => engine.generation();
  const storeWatch = new StoreWatch({
    ...base,
    health: () => store.health(),
    changed: () => watch.insight.kick(),
  });
  const clocks = new ClockWatch({ ...base, changed: () => watch.insight.kick() });
  const sight = new IncidentSight({
    ...base,
    generation,
    status: () => engine.status(),
    logIns,
    reload,
    store: () => storeWatch.view(),
    clocks: () => clocks.view(),
    changed: () => watch.insight.kick(),
  });
  const incidents = (): Incidents => sight.look();
  const watch = createWatch({ ...base, store, generation, baseUrl, incidents });
  const replays = createReplays({
    ...base,
    store,
    engine,
    compile: generationBy(base),
  });
  const retention = new Retention({
    ...base,
    store: store.retention,
    audit: store.audit.bind(store),
    policy: () => generation().workspace.retention,
    pauseMs: purgePauseMs,
  });
  return {
    insight: watch.insight,
    sight,
    replays,
    storeWatch,
    clocks,
    retention,
    start: (): void => {
      watch.insight.start();
      replays.jobs.start();
      retention.start();
      storeWatch.start();
      clocks.start();
    },
    /** All but the watch: what ends last is still put on record. */
    stop: async (): Promise<void> => {
      storeWatch.stop();
      clocks.stop();
      sight.stop();
      await retention.stop();
      await replays.jobs.stop();
    },
    stopWatch: async () => watch.stop(),
  };
}
