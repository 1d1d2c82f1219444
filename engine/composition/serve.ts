import { Address } from "./address.ts";
import { type Base, baseOf, type BaseOptions, type Files, generationBy } from "./base.ts";
import { feedsOf } from "./feeds.ts";
import { keepersOf, surfacesOf } from "./keepers.ts";
import { loadLate } from "../channels/shared/late.ts";
import { createServer, type HttpServer, Meter } from "../channels/http-in/index.ts";
import { createTransport } from "../channels/http-out/index.ts";
import { decide, intake } from "../core/index.ts";
import { digest } from "./digest.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { SpecError } from "../errors/flow-error.ts";
import type { Generation } from "../model/plan/generation.ts";
import { evaluateWithLibrary } from "../mapping/index.ts";
import type { Signals } from "../ports/signals.ts";
import type { Store } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { createMasks } from "./masks.ts";
import { personalText } from "./personal-data.ts";
import { createEngine, type Engine, Reload, type World } from "../runtime/index.ts";
import type { Compilation } from "../spec/index.ts";
import { openStore, type OwnStore } from "../store/sqlite/index.ts";
import type { ClockWatch } from "../governance/index.ts";
import type { IncidentSight } from "./incidents.ts";
import type { Insight } from "../insight/index.ts";
import type { ReplayJobs } from "../replay/index.ts";
import { watched } from "./watch.ts";

/** What is made later than what it is told to. */
interface Holder {
  readonly meter: Meter;
  sight?: IncidentSight;
  insight?: Insight;
  replays?: ReplayJobs;
  clocks?: ClockWatch;
  reload?: Reload;
  address?: Address;
}

/** What a running engine is composed of. */
export interface ServeOptions extends BaseOptions {
  /** Reads every text of the workspace as it is now. */
  readonly read: () => Promise<Files>;
  /** What these texts compiled to on this machine, where that is known already. */
  readonly compiled?: Compilation;
  /** Database file, or `:memory:`. */
  readonly storePath: string;
  readonly host?: string;
  readonly port?: number;
  readonly signals?: Signals;
  /** How long a request may take to arrive, in milliseconds. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** Told where it listens from now on, when a reload moves it. */
  readonly moved?: (url: string) => void;
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
  /** Where it listens now, such as `http://127.0.0.1:8080`. */
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
  const { http, transport } = wayOut(base, store, holder);
  const followers: ((generation: Generation) => void)[] = [];
  const address = (): Address | undefined => holder.address;
  const world = worldOf(base, { store, transport, followers, address });
  const engine = createEngine(world, first.generation);
  const keepers = keepersOf(base, {
    store,
    engine,
    baseUrl: () => holder.address?.url() ?? "",
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
  const listening = server;
  holder.address = new Address(listening, base.log, options.moved);
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
    get url() {
      return listening.url;
    },
    findings: first.findings,
    stop: async ({ drainMs } = {}) => {
      await reload.stop();
      await feeds.stop();
      await holder.address?.drop();
      await listening.close(drainMs);
      await closeAll(drainMs);
    },
  };
}

/** What carries requests to the partners, and tells of each answer. */
function wayOut(base: Base, store: OwnStore, holder: Holder) {
  const http = createTransport({
    ...base,
    memory: store,
    logInChanged: () => holder.sight?.logInChanged(),
  });
  const transport = metered(http, holder.meter, (adapter, headers) =>
    holder.clocks?.answered(adapter, headers),
  );
  return { http, transport };
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

function masksOf(base: Pick<Base, "compile">, { read }: Pick<Store, "read">) {
  return createMasks({ read, compile: generationBy(base) });
}

function worldOf(
  base: Base,
  parts: {
    readonly store: Store;
    readonly transport: Transport;
    readonly followers: readonly ((generation: Generation) => void)[];
    /** Where it listens, once it does. */
    readonly address: () => Address | undefined;
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
    preflight: async (generation) => {
      const { diagnostics } = await base.compileHere(generation.files);
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      return errors.length > 0 ? errors : ((await parts.address()?.prepare(generation)) ?? []);
    },
    words: (generation, run, text) => personalText(generation, run, run.message, text),
    abandoned: async () => {
      await parts.address()?.drop();
    },
    adopted: (generation) => {
      for (const follow of parts.followers) follow(generation);
      parts.address()?.take();
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
