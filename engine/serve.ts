import { loadLate } from "./channels/shared/late.ts";
import { createServer, type HttpServer, Meter } from "./channels/http-in/index.ts";
import { createTransport, type LogIn } from "./channels/http-out/index.ts";
import { createPolls } from "./channels/poll/index.ts";
import { createSchedules } from "./channels/schedule/index.ts";
import { decide, intake } from "./core/index.ts";
import { digest } from "./digest.ts";
import type { Diagnostic } from "./errors/diagnostic.ts";
import { SpecError } from "./errors/flow-error.ts";
import type { Generation } from "./model/plan/generation.ts";
import { evaluateWithLibrary } from "./mapping/index.ts";
import type { Clock } from "./ports/clock.ts";
import type { Ids } from "./ports/ids.ts";
import type { Log } from "./ports/log.ts";
import type { Secrets } from "./ports/secrets.ts";
import type { Signals } from "./ports/signals.ts";
import type { Store } from "./ports/store.ts";
import type { Transport } from "./ports/transport.ts";
import { SystemClock, SystemIds } from "./ports/system/index.ts";
import { createMasks } from "./masks.ts";
import { personalText } from "./personal-data.ts";
import {
  createEngine,
  type Engine,
  type Limits,
  Reload,
  type ReloadStatus,
  type World,
} from "./runtime/index.ts";
import type { Compilation, CompileOptions, ReadCache } from "./spec/index.ts";
import { decode, encode } from "./steps/operation/codec.ts";
import { openStore, type OwnStore } from "./store/sqlite/index.ts";
import { ClockWatch, Retention, StoreWatch } from "./governance/index.ts";
import { IncidentSight } from "./incidents.ts";
import type { Incidents, Insight } from "./insight/index.ts";
import type { ReplayJobs } from "./replay/index.ts";
import { createReplays, type Replays } from "./replays.ts";
import { createWatch, watched } from "./watch.ts";

/** Between two transactions of a purge that a person asked for. */
const purgePauseMs = 5;

type Files = Readonly<Record<string, string>>;

/** What is made later than what it is told to. */
interface Holder {
  readonly meter: Meter;
  sight?: IncidentSight;
  insight?: Insight;
  replays?: ReplayJobs;
  clocks?: ClockWatch;
  reload?: Reload;
  url?: string;
}

/** What a running engine is composed of. */
export interface ServeOptions {
  /** Reads every text of the workspace as it is now. */
  readonly read: () => Promise<Files>;
  /** What these texts compiled to on this machine, where that is known already. */
  readonly compiled?: Compilation;
  /** Database file, or `:memory:`. */
  readonly storePath: string;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly host?: string;
  readonly port?: number;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly signals?: Signals;
  readonly limits?: Partial<Limits>;
  /** How long a request may take to arrive, in milliseconds. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** Told what each reload found, for people at a terminal; the log has the first finding only. */
  readonly reloaded?: (findings: readonly Diagnostic[], files: Files) => void;
}

/** A running engine with its channels. */
export interface Serving {
  readonly engine: Engine;
  readonly store: OwnStore;
  /** Issues and notices: what became of failures. */
  readonly insight: Insight;
  readonly replays: ReplayJobs;
  readonly reload: Reload;
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Findings of the workspace it started with: warnings, since errors keep it from starting. */
  readonly findings: readonly Diagnostic[];
  stop(options?: { readonly drainMs?: number }): Promise<void>;
}

/**
 * Starts an engine on a workspace. Throws `SpecError` when the workspace has errors or lacks a
 * secret or environment value, and `StoreError` when the store cannot be had.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const holder: Holder = { meter: new Meter() };
  const base = {
    ...baseOf(options),
    signals: watched(options.signals, holder),
  };
  const first = firstGeneration(options.compiled ?? (await base.compileHere(await options.read())));
  const store = openStore({ path: options.storePath });
  const { meter } = holder;
  const http = createTransport({
    ...base,
    memory: store,
    logInChanged: () => holder.sight?.logInChanged(),
  });
  const transport = metered(http, meter, (adapter, headers) =>
    holder.clocks?.answered(adapter, headers),
  );
  const followers: ((generation: Generation) => void)[] = [];
  const world = worldOf(base, { store, transport, followers });
  const engine = createEngine(world, first.generation);
  const keepers = keepersOf(base, {
    store,
    engine,
    baseUrl: () => holder.url ?? "",
    logIns: () => http.logIns(),
    reload: () => holder.reload?.status(),
  });
  const { insight, replays, sight, clocks } = keepers;
  Object.assign(holder, { insight, sight, replays: replays.jobs, clocks });
  const { read, reloaded } = options;
  const reload = new Reload({
    ...base,
    engine,
    read,
    compile: base.compile,
    told: ({ findings }, files) => {
      insight.kick();
      reloaded?.(findings, files);
    },
  });
  holder.reload = reload;
  const feeds = feedsOf(base, { store, engine, meter, sight });
  const closeAll = async (drainMs?: number): Promise<void> => {
    await keepers.stop();
    await engine.stop(drainMs === undefined ? {} : { drainMs });
    await keepers.stopWatch();
    await transport.close();
    await store.close();
  };
  let server: HttpServer | undefined;
  try {
    // The port before the work: one that is taken must refuse before a message is touched.
    server = await createServer({
      ...base,
      engine,
      read: store.read,
      masks: masksOf(base, store),
      keySet: async (url, generation, fresh) => http.keySet(url, generation, fresh),
      ...surfacesOf({ ...keepers, store, meter }),
      audit: store.audit.bind(store),
      findings: () => reload.status().findings,
      ...placeOf(options),
    });
    await engine.start();
  } catch (error) {
    await server?.close(0);
    await closeAll(0);
    throw error;
  }
  holder.url = server.url;
  keepers.start();
  followers.push((generation) => {
    feeds.follow(generation);
  });
  feeds.follow(engine.generation());
  reload.start();
  loadRest(base);
  return {
    engine,
    store,
    insight,
    replays: replays.jobs,
    reload,
    url: server.url,
    findings: first.findings,
    stop: async ({ drainMs } = {}) => {
      await reload.stop();
      await feeds.stop();
      await server.close(drainMs);
      await closeAll(drainMs);
    },
  };
}

/**
 * Loads what the start could do without. Whoever waits for the start goes on first; but not when it
 * is needed, since by then there may be another version of it on the disk.
 */
function loadRest({ load }: Pick<Base, "load">): void {
  setImmediate(() => {
    loadLate();
    // Whoever compiles later hears of it.
    load().catch(() => {});
  });
}

/** Where the server listens, and how long it waits. */
function placeOf({ host, port, patience }: ServeOptions) {
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(patience === undefined ? {} : { patience }),
  };
}

/** A transport whose attempts are timed, and whose answers are looked at for the partner's time. */
function metered(
  transport: Transport,
  meter: Meter,
  answered: (adapter: string, headers: Readonly<Record<string, string>>) => void,
): Transport {
  return {
    send: async (delivery, generation, pace) => {
      const outcome = await transport.send(delivery, generation, pace);
      meter.delivered(delivery, outcome);
      if (outcome.kind === "response") answered(delivery.adapter, outcome.response.headers);
      return outcome;
    },
    close: async () => transport.close(),
  };
}

/** What the admin API shows and does beside the engine. */
function surfacesOf({
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
function keepersOf(
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

function masksOf(base: Pick<Base, "compile">, { read }: Pick<Store, "read">) {
  return createMasks({ read, compile: generationBy(base) });
}

function generationBy({ compile }: Pick<Base, "compile">) {
  return async (files: Files): Promise<Generation | undefined> => (await compile(files)).generation;
}

/** What every part is given. */
function baseOf(options: ServeOptions) {
  const { secrets, log, limits } = options;
  const { load, compile } = compiler();
  return {
    load,
    clock: options.clock ?? new SystemClock(),
    ids: options.ids ?? new SystemIds(),
    secrets,
    log,
    ...(limits === undefined ? {} : { limits }),
    compile,
    /** Also asks that every secret and value is set on this machine. */
    compileHere: (files: Files) =>
      compile(files, {
        presentSecrets: {
          has: (name: string) => secrets.secret(name) !== undefined,
          whyNot: (name: string) => secrets.whyNot?.(name),
        },
        presentEnv: {
          has: (name: string) => secrets.env(name) !== undefined,
          get: (name: string) => secrets.env(name),
        },
      }),
  };
}

/**
 * The compiler, which is loaded when it is needed: a start on texts that were compiled before needs
 * none. A reload reads again only the files that changed.
 */
function compiler() {
  let cache: ReadCache | undefined;
  const load = async () => import("./spec/index.ts");
  return {
    load,
    compile: async (files: Files, present: Present = {}): Promise<Compilation> => {
      const { compileWorkspace, ReadCache } = await load();
      cache ??= new ReadCache();
      return compileWorkspace(files, { digest, cache, ...present });
    },
  };
}

type Present = Pick<CompileOptions, "presentSecrets" | "presentEnv">;
type Base = ReturnType<typeof baseOf> & { readonly signals: Signals };

function worldOf(
  base: Base,
  parts: {
    readonly store: Store;
    readonly transport: Transport;
    readonly followers: readonly ((generation: Generation) => void)[];
  },
): World {
  return {
    ...base,
    store: parts.store,
    transport: parts.transport,
    rules: { decide, intake },
    digest,
    evaluate: async ({ expression, scope, key }, { now, facts, generation }) =>
      (await evaluateWithLibrary(expression, scope, {
        now,
        seed: key,
        facts,
        codes: generation.codes,
      })) ?? null,
    compile: generationBy(base),
    preflight: async (generation) =>
      (await base.compileHere(generation.files)).diagnostics.filter(
        ({ severity }) => severity === "error",
      ),
    words: (generation, run, text) => personalText(generation, run, run.message, text),
    adopted: (generation) => {
      for (const follow of parts.followers) follow(generation);
    },
  };
}

/** Schedules and polls: what asks for messages instead of being told. */
function feedsOf(
  base: Base,
  {
    store,
    engine,
    meter,
    sight,
  }: {
    readonly store: Store;
    readonly engine: Engine;
    readonly meter: Meter;
    readonly sight: IncidentSight;
  },
) {
  const ending = new AbortController();
  const shared = {
    ...base,
    receiver: engine,
    checkpoint: store.checkpoint.bind(store),
    saveCheckpoint: store.saveCheckpoint.bind(store),
  };
  const schedules = createSchedules({
    ...shared,
    missed: async ({ flow, first, last, ...detail }) => {
      const times = { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
      const target = `flow ${flow}`;
      await store.audit(
        { actor: "schedule", action: "missed", target, detail: { ...detail, ...times } },
        base.clock.now(),
      );
    },
  });
  const polls = createPolls({
    ...shared,
    send: (delivery) => engine.read(delivery, ending.signal),
    decode: (body, { codec }) => decode(body, codec),
    encode: (value, to, { codec }, { schemas }) =>
      encode(value, codec, to === undefined ? undefined : schemas.get(to), schemas),
    checked: sight.checked.bind(sight),
    missed: async ({ adapter, webhook, poll, ids }) => {
      for (const _ of ids) {
        meter.add("sluice_webhook_messages_total", { adapter, webhook, outcome: "missed" });
      }
      const detail = { count: ids.length, ids: ids.slice(0, 1_000) };
      await store.audit(
        {
          actor: `poll ${adapter}.${poll}`,
          action: "missed",
          target: `webhook ${adapter}.${webhook}`,
          detail,
        },
        base.clock.now(),
      );
    },
  });
  return {
    follow: (generation: Generation): void => {
      schedules.follow(generation);
      polls.follow(generation);
    },
    stop: async (): Promise<void> => {
      ending.abort();
      await schedules.stop();
      await polls.stop();
    },
  };
}

function firstGeneration({ generation, diagnostics }: Compilation): {
  readonly generation: Generation;
  readonly findings: readonly Diagnostic[];
} {
  if (generation !== undefined) return { generation, findings: diagnostics };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [error] = errors;
  throw new SpecError(
    error?.code ?? "spec/broken",
    `the workspace cannot run: ${errors.length} errors, the first at ${error?.at.file}:${error?.at.line}:${error?.at.column}: ${error?.message}`,
    { help: error?.help ?? "`sluice validate --environment` shows them all" },
  );
}
