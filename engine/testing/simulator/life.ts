import { createTransport } from "../../channels/http-out/index.ts";
import { decide, intake } from "../../core/index.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Log } from "../../ports/log.ts";
import type { SignalPoint } from "../../ports/signals.ts";
import type { ReplayJobs } from "../../replay/index.ts";
import { createEngine, type Engine, type World } from "../../runtime/index.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import type { Turns } from "../../store/sqlite/turns.ts";
import { type Random, streamOf } from "../estate/random.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import type { BadSector, Disk } from "./disk.ts";
import { type Feeds, feedsOf } from "./feeds.ts";
import { jobsOf } from "./jobs.ts";
import { LifeClock } from "./life-clock.ts";
import type { Network } from "./network.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";
import { compile, digest, isMadeBy } from "./workspace.ts";

/** A request may be handed to its socket so much later than its answer is of use. */
const lateGraceMs = 2_000;

/** A disk that others keep busy takes a transaction so much later, at most. */
const slowMs = 20_000;

export interface LifeParts {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly disk: Disk;
  readonly network: Network;
  readonly weather: Weather;
  readonly trace: Trace;
  readonly ids: Ids;
  readonly generation: Generation;
  /** What the machine's clock is wrong by. */
  readonly clockError: () => number;
  /** True while a change of the workspace lacks a secret. */
  readonly isBroken: () => boolean;
  readonly watch: Watch;
  /** A run waits for a person. */
  readonly parked: () => void;
  /** A transaction is about to begin. */
  readonly transacts: () => void;
}

/** Told of each request that the engine lets go, and of what it heard. */
export interface Watch {
  sending(delivery: Delivery): void;
  /** A request left though its answer was of no use any more. */
  tooLate(delivery: Delivery, ms: number): void;
  /** A request was made by another generation than its run's. */
  strange(delivery: Delivery): void;
  heard(delivery: Delivery, outcome: RawOutcome): void;
  /** A run begins. */
  begins(runId: string): void;
  /** It has begun, and stands in the store. */
  begun(flow: string, runId: string, laneKey: () => string | undefined): void;
  /** A person lets the run go on. */
  letGoOn(runId: string): void;
  /** A transaction is about to fail, or comes so much later. */
  storeFails(lateMs?: number): void;
  died(): void;
}

/** One process of the engine, from its start to its death: the real loops, store, rules and transport. */
export class Life {
  readonly engine: Engine;
  readonly store: SqliteStore;
  readonly world: World;
  /** Resolves when it is dead. */
  readonly death: Promise<void>;
  readonly #parts: LifeParts;
  readonly #turnLuck: Random;
  readonly #feeds: Feeds;
  readonly jobs: ReplayJobs;
  readonly #clock: LifeClock;
  #mayAsk = false;
  #isDead = false;
  #frozenUntil: Instant = -Infinity;
  #end = (): void => {};

  constructor(parts: LifeParts, nth: number) {
    this.#parts = parts;
    this.#turnLuck = streamOf(parts.seed, `turns of life ${nth}`);
    this.death = new Promise((resolve) => (this.#end = resolve));
    // Keys from outside are merged every few dozen, and not every few thousand.
    const mergeAt = 8 + streamOf(parts.seed, "merging").below(40);
    this.store = new SqliteStore(parts.disk.open(), { mergeAt, turns: this.#turns() });
    this.#clock = new LifeClock(parts.clock, parts.clockError);
    this.world = this.#world();
    this.engine = createEngine(this.world, parts.generation);
    this.#feeds = feedsOf(this.world, this.engine);
    this.jobs = jobsOf(this.world, this.engine, {
      replays: this.#mortal(this.store.replays),
      read: this.#mortal(this.store.read),
      issues: this.store.insight.read,
      letGoOn: (runId) => parts.watch.letGoOn(runId),
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What this process takes for the time. */
  now(): Instant {
    return this.#clock.now();
  }

  /** The machine's clock was set. */
  clockWasSet(): void {
    if (!this.#isDead) this.#clock.wasSet();
  }

  /** As a machine that is suspended: the process lives, and nothing of it happens until then. */
  freeze(ms: number): void {
    this.#frozenUntil = this.#parts.clock.now() + ms;
    this.#parts.trace.add("engine", `stands still for ${ms} ms`);
    this.#parts.watch.storeFails(ms);
  }

  /** Does it when the process lives and is not frozen; never once it is dead. */
  #awake(work: () => void): void {
    const { clock } = this.#parts;
    if (this.#isDead) return;
    if (clock.now() >= this.#frozenUntil) work();
    else clock.schedule(this.#frozenUntil, () => this.#awake(work));
  }

  /** Lets schedules and polls begin, and go on with each generation that is adopted. */
  ask(): void {
    this.#mayAsk = true;
    this.#feeds.follow(this.engine.generation());
  }

  /** Nothing is asked for any more. */
  async askNoMore(): Promise<void> {
    this.#mayAsk = false;
    await this.#feeds.stop();
  }

  /** An orderly stop; what is not finished by then goes on with the next life. */
  async stop(drainMs: number): Promise<void> {
    await this.askNoMore();
    await this.jobs.stop();
    await this.engine.stop({ drainMs });
    this.die("in order");
  }

  /** As `kill -9`: what was not committed is lost, and nothing of this process reaches the world any more. */
  die(why: string): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#parts.trace.add("engine", `dies ${why}`);
    this.#parts.watch.died();
    this.#end();
  }

  /** Transactions come a little after what asked for them, so that others may come between. */
  #turns(): Turns {
    const { clock, disk, watch, weather } = this.#parts;
    let endLeisure = (): void => {};
    const turn = (work: () => void): void => {
      if (this.#isDead) return;
      const isLast = weather.strikes("crash-in-commit", 0.2);
      // Before it is on disk, or after it and before anyone heard.
      if (isLast && weather.luck("crash-in-commit").next() < 0.5)
        return this.die("in a transaction");
      disk.meet({
        begin: weather.strikes("store-busy"),
        commit: weather.strikes("failed-commit"),
        ...(weather.strikes("disk-error") ? { onTheWay: badSector(weather) } : {}),
      });
      if (disk.fails) watch.storeFails();
      this.#parts.transacts();
      work();
      disk.meet({ begin: false, commit: false });
      if (isLast) this.die("as a transaction came to the disk");
    };
    return {
      soon: (work) => {
        const late = weather.strikes("slow-disk", 0.3)
          ? weather.luck("slow-disk").below(slowMs)
          : 0;
        // Whoever waits for an answer meanwhile waits for the disk.
        if (late > 0) watch.storeFails(late);
        clock.schedule(clock.now() + late + this.#turnLuck.below(4), () =>
          this.#awake(() => turn(work)),
        );
      },
      atLeisure: (ms, work) => {
        endLeisure();
        endLeisure = clock.schedule(clock.now() + ms, () => this.#awake(work));
      },
      after: (ms, work) => void clock.schedule(clock.now() + ms, () => this.#awake(work)),
      end: () => endLeisure(),
    };
  }

  #world(): World {
    const { trace, ids, weather, isBroken } = this.#parts;
    const own = this.#clock;
    const clock = {
      now: () => own.now(),
      wall: () => own.wall(),
      steady: () => own.steady(),
      schedule: (at: number, wake: () => void) => {
        let isWanted = true;
        const cancel = own.schedule(at, () =>
          this.#awake(() => {
            if (isWanted) wake();
          }),
        );
        return () => {
          isWanted = false;
          cancel();
        };
      },
    };
    const log: Log = {
      write: (level, message, fields) => {
        if (this.#isDead || level === "debug" || level === "info") return;
        trace.add("log", `${level} ${message} ${JSON.stringify(fields ?? {})}`);
      },
    };
    const secrets = {
      secret: (name: string) => (name === "PARTNER_CLIENT" ? "client" : "secret"),
      env: () => undefined,
    };
    const { network } = this.#parts;
    const transport = createTransport({
      secrets,
      clock,
      log,
      wire: network.wireOf((work) => this.#awake(work)),
    });
    const reach = (point: SignalPoint, detail: Readonly<Record<string, string>> = {}): void => {
      if (this.#isDead) return;
      trace.add("engine", `${point} ${Object.values(detail).join(" ")}`);
      if (point === "before-commit" && detail["event"] === "start")
        this.#parts.watch.begins(detail["runId"] ?? "");
      if (point === "after-commit" && detail["event"] === "start") this.#hasBegun(detail);
      if (point === "run-parked") this.#parts.parked();
      if (point === "run-parked" || point === "run-ended") this.jobs.ended(detail["runId"] ?? "");
      // A timer is seldom due: most of what it may lose would never be met.
      const weight = detail["event"] === "timer" ? 0.6 : 0.12;
      if (weather.strikes("crash", weight)) this.die(`at ${point}`);
    };
    return {
      store: this.#mortal(this.store),
      clock,
      transport: {
        send: (delivery, generation, pace) =>
          this.#send(() => transport.send(delivery, generation, pace), delivery),
        close: () => transport.close(),
      },
      ids,
      secrets,
      log,
      signals: { reach },
      rules: { decide, intake },
      digest,
      evaluate: () => Promise.reject(new Error("the simulation's expressions need no library")),
      compile: async (files) => compile(files),
      adopted: (generation) => {
        if (this.#mayAsk && !this.#isDead) this.#feeds.follow(generation);
      },
      preflight: async () =>
        isBroken()
          ? [
              {
                code: "sim/broken",
                severity: "error",
                message: "a secret is missing",
                at: { file: "sluice.yaml", line: 1, column: 1, length: 1 },
              },
            ]
          : [],
    };
  }

  #hasBegun({ flow = "", runId = "" }: Readonly<Record<string, string>>): void {
    this.#parts.watch.begun(flow, runId, () => laneKeyOf(this.#parts.disk.database, runId));
  }

  async #send(send: () => Promise<RawOutcome>, delivery: Delivery): Promise<RawOutcome> {
    if (this.#isDead) return new Promise(() => {});
    this.#look(delivery);
    const outcome = await send();
    if (this.#isDead) return new Promise(() => {});
    this.#parts.watch.heard(delivery, outcome);
    return outcome;
  }

  #look(delivery: Delivery): void {
    const { watch } = this.#parts;
    watch.sending(delivery);
    const late = this.now() - (delivery.useBefore ?? Infinity);
    if (late > lateGraceMs) watch.tooLate(delivery, late);
    if (!isMadeBy(delivery.generation, delivery.request)) watch.strange(delivery);
  }

  /** Passes everything on until the process dies; from then on nothing comes back. */
  #mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown =>
          this.#isDead ? new Promise(() => {}) : Reflect.apply(value, object, args);
      },
    });
  }
}

/** Met once, the group is written again at once; met each time, it is refused to whoever asked. */
function badSector(weather: Weather): BadSector {
  const luck = weather.luck("disk-error");
  return {
    after: luck.below(40),
    attempts: luck.pick([1, 2, 100]),
    rollsBack: luck.next() < 0.5,
  };
}

function laneKeyOf(database: Database, runId: string): string | undefined {
  const sql = "SELECT lane_key FROM run JOIN run_document USING (run_no) WHERE run_id = unhex(?)";
  const [key] = database.prepare<[string]>(sql).pluck().all(runId.replaceAll("-", ""));
  return typeof key === "string" ? key : undefined;
}
