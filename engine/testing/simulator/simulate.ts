import type { Instant } from "../../model/json.ts";
import { streamOf } from "../estate/random.ts";
import { SeededIds } from "../seeded-ids.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { Callers } from "./callers.ts";
import { Disk } from "./disk.ts";
import { Life, type LifeParts } from "./life.ts";
import { Network } from "./network.ts";
import { hosts, Partners } from "./partners.ts";
import { Operators } from "./operators.ts";
import { People } from "./people.ts";
import { Purger } from "./purger.ts";
import { Replayers } from "./replayers.ts";
import { Sender } from "./sender.ts";
import { notesOf, type Story, storyOf } from "./story.ts";
import { Trace } from "./trace.ts";
import { verdictOn, wrongBacklog } from "./verdict.ts";
import { hasHalfAKit } from "./verdict-asked.ts";
import { type FaultKind, Weather } from "./weather.ts";
import { Witness } from "./witness.ts";
import { generationOf } from "./workspace.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Kinds of faults that are left out, to find those that matter. */
  readonly without?: ReadonlySet<FaultKind>;
}

export interface SimulationResult {
  readonly seed: number;
  /** What is not as it must be; empty when all is well. */
  readonly wrong: readonly string[];
  readonly trace: readonly string[];
  readonly faults: readonly FaultKind[];
  readonly events: number;
  readonly lives: number;
}

const minuteMs = 60_000;
/** Longer than the longest rest, back-off and outage after which a poll asks again. */
const catchUpMinutes = 12;
const dayMs = 86_400_000;
/** Whatever waits for a time comes to its end within this. */
const restMs = 60 * dayMs;
/** People come to look after so long. */
const shiftMs = 240 * minuteMs;
/** So many steps of the world are a loop without end. */
const stepsMax = 60_000;
const livesMax = 14;
/** The machine's clock is set to another time zone by mistake, or back to the right one. */
const jumpMsMax = 6 * 60 * minuteMs;

/** Longer than any time-out of the workspace, and than most of its retries. */
const freezeMsMax = 5 * minuteMs;

/** One whole run: the story of a seed, told to a real engine in bad weather, and what became of it. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options);
  try {
    return await simulation.play();
  } finally {
    simulation.close();
  }
}

class Simulation {
  readonly #seed: number;
  readonly #clock = new VirtualClock();
  readonly #weather: Weather;
  readonly #story: Story;
  readonly #disk: Disk;
  readonly #trace = new Trace(() => this.#clock.now());
  readonly #witness = new Witness(this.#clock);
  readonly #partners: Partners;
  readonly #network: Network;
  readonly #sender: Sender;
  readonly #people: People;
  readonly #operators: Operators;
  readonly #purger: Purger;
  readonly #replayers: Replayers;
  readonly #callers: Callers;
  readonly #ids: SeededIds;
  readonly #wrong: string[] = [];
  #life: Life;
  #lives = 0;
  #steps = 0;
  #clockError = 0;
  #round = 0;
  #isBroken = false;
  #mayAsk = true;
  #askedUntil: Instant = 0;
  #isOver = false;

  constructor({ seed, without = new Set() }: SimulationOptions) {
    this.#seed = seed;
    this.#weather = new Weather(seed, this.#clock, without);
    this.#story = storyOf(seed);
    // A file costs real writes: one seed in sixteen has one.
    this.#disk = new Disk(seed % 16 === 7 ? "file" : "memory", {
      wears: this.#weather.has("disk-error"),
    });
    this.#ids = new SeededIds(seed);
    const begunAt = this.#clock.now();
    this.#partners = new Partners({
      now: () => this.#clock.now(),
      activated: (orderId) => this.#sender.activated(orderId),
      parcels: this.#story.parcels.map((at) => begunAt + at),
      notes: notesOf(this.#story, begunAt),
    });
    const common = { seed, clock: this.#clock, weather: this.#weather, trace: this.#trace };
    this.#network = new Network({
      ...common,
      partners: this.#partners,
      left: (host) => this.#witness.left(`acme-${host}`),
    });
    const life = (): Life => this.#life;
    this.#purger = new Purger({ life, trace: this.#trace, database: () => this.#disk.database });
    this.#sender = new Sender({
      ...common,
      life,
      isGone: (id) => this.#purger.isGone(id),
      isOfGone: (id) => this.#purger.isOfGone(id),
    });
    const acting = { life, trace: this.#trace, witness: this.#witness };
    this.#people = new People({ ...acting, sender: this.#sender });
    const planning = {
      ...acting,
      weather: this.#weather,
      later: (ms: number, act: () => void) => this.#later(ms, act),
      safely: (what: string, work: Promise<unknown>) => this.#safely(what, work),
    };
    this.#operators = new Operators({
      ...planning,
      hasToUndo: ({ identity }) => hasHalfAKit(this.#story, this.#partners, identity),
    });
    this.#replayers = new Replayers({ ...planning, database: () => this.#disk.database });
    this.#callers = new Callers({ ...planning, clock: this.#clock });
    this.#life = this.#make();
  }

  async play(): Promise<SimulationResult> {
    const { spanMs } = this.#story;
    try {
      await this.#drive(this.#begin());
      for (const told of this.#story.told) this.#sender.tell(told);
      this.#planFaults(spanMs);
      await this.#clock.advance(spanMs + 2 * minuteMs, () => this.#settle());
      this.#heal();
      await this.#endFeeds();
      await this.#comeToRest();
      if (this.#wrong.length === 0) await this.#look();
    } catch (error) {
      this.#wrong.push(
        `the world stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    return {
      seed: this.#seed,
      wrong: [
        ...new Set([
          ...this.#wrong,
          ...this.#witness.wrong,
          ...this.#sender.wrong,
          ...this.#people.wrong,
          ...this.#operators.wrong,
          ...this.#replayers.wrong,
          ...this.#callers.wrong,
        ]),
      ],
      trace: this.#trace.end(),
      faults: this.#weather.kinds,
      events: this.#sender.sendings.length,
      lives: this.#lives,
    };
  }

  close(): void {
    this.#isOver = true;
    this.#life.die("with its world");
    this.#disk.close();
  }

  #make(): Life {
    this.#lives += 1;
    const parts: LifeParts = {
      seed: this.#seed,
      clock: this.#clock,
      disk: this.#disk,
      network: this.#network,
      weather: this.#weather,
      trace: this.#trace,
      ids: this.#ids,
      generation: generationOf(this.#round),
      clockError: () => this.#clockError,
      isBroken: () => this.#isBroken,
      watch: this.#witness,
      parked: () => this.#operators.parked(),
      transacts: () => this.#purger.begins(),
    };
    const life = new Life(parts, this.#lives);
    void life.death.then(() => this.#scheduleRestart());
    return life;
  }

  /** Whoever supervises the process starts it again. */
  #scheduleRestart(): void {
    if (this.#isOver) return;
    const luck = this.#weather.luck("crash");
    if (this.#lives >= livesMax) this.#weather.clear();
    this.#clock.schedule(this.#clock.now() + 500 + luck.below(20_000), () => {
      this.#life = this.#make();
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const life = this.#life;
    this.#trace.add("engine", `life ${this.#lives} begins on generation ${this.#round}`);
    try {
      await Promise.race([life.engine.start(), life.death]);
      if (life.isDead) return;
      life.jobs.start();
      if (this.#mayAsk) life.ask();
    } catch (error) {
      this.#trace.add("engine", `does not start: ${error instanceof Error ? error.message : ""}`);
      life.die("since it cannot start");
    }
  }

  /** All that has nothing to wait for is done; then time may go on. A turn of the event loop costs more. */
  async #settle(): Promise<void> {
    this.#steps += 1;
    if (this.#steps > stepsMax) throw new RangeError(`no rest after ${stepsMax} steps`);
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }

  /** Lets time go on until `work` is done. */
  async #drive(work: Promise<unknown>): Promise<void> {
    const state = { isDone: false };
    const done = work.finally(() => (state.isDone = true));
    await this.#settle();
    for (
      let next = this.#clock.next();
      !state.isDone && next !== undefined;
      next = this.#clock.next()
    ) {
      await this.#clock.advanceTo(next, () => this.#settle());
    }
    await done;
  }

  #later(ms: number, act: () => void): void {
    this.#clock.schedule(this.#clock.now() + ms, act);
  }

  #planFaults(spanMs: number): void {
    const weather = this.#weather;
    const later = this.#later.bind(this);
    weather.plan("disk-full", spanMs, 2, (luck) => {
      this.#trace.add("disk", "is full");
      this.#disk.setFull(true);
      later(1_000 + luck.below(30_000), () => {
        this.#trace.add("disk", "has room");
        this.#disk.setFull(false);
      });
    });
    weather.plan("rate-limit", spanMs, 2, (luck) =>
      this.#network.storm(luck.pick(hosts), this.#clock.now() + luck.below(minuteMs)),
    );
    weather.plan("partner-down", spanMs, 2, (luck) =>
      this.#network.down(luck.pick(hosts), this.#clock.now() + luck.below(4 * minuteMs)),
    );
    weather.plan("clock-forward", spanMs, 1, (luck) => this.#jump(luck.below(jumpMsMax)));
    weather.plan("clock-back", spanMs, 1, (luck) => this.#jump(-luck.below(jumpMsMax)));
    weather.plan("reload", spanMs, 3, (luck) => this.#adopt(luck.below(3)));
    weather.plan("broken-reload", spanMs, 2, () => {
      this.#isBroken = true;
      this.#adopt(3);
      later(5_000, () => (this.#isBroken = false));
    });
    this.#operators.plan(spanMs);
    this.#replayers.plan(spanMs);
    this.#callers.plan(spanMs);
    this.#purger.plan(weather, spanMs, (work) => this.#safely("purge", work));
    weather.plan("restart", spanMs, 2, (luck) => this.#restart(luck.below(12_000)));
    weather.plan("freeze", spanMs, 2, (luck) => {
      const ms = luck.below(freezeMsMax);
      if (!this.#life.isDead) this.#life.freeze(ms);
    });
    weather.plan("long-outage", spanMs, 1, (luck) => {
      this.#life.die("for a long time");
      const ms = luck.below(30 * 60) * minuteMs;
      // A day goes by; or the clock was wrong before, and is set right meanwhile.
      if (!weather.has("clock-back")) this.#witness.daysWentBy();
      this.#jump(weather.has("clock-back") ? -Math.round(ms / 5) : ms);
    });
    this.#people.plan(weather, spanMs, { later, safely: this.#safely.bind(this) });
  }

  #jump(ms: number): void {
    this.#clockError += ms;
    this.#life.clockWasSet();
    if (ms > 0) this.#witness.clockSetForward({ isDown: this.#life.isDead });
    this.#trace.add("clock", `jumps by ${ms} ms`);
  }

  #adopt(round: number): void {
    const life = this.#life;
    this.#trace.add("ops", `changes the workspace to round ${round}`);
    const adopting = async (): Promise<void> => {
      const { outcome } = await life.engine.adopt(generationOf(round));
      if (outcome === "adopted" && !life.isDead) this.#round = round;
      if (outcome === "adopted" && this.#isBroken)
        this.#wrong.push("a broken workspace was adopted");
    };
    this.#safely("reload", adopting());
  }

  #restart(drainMs: number): void {
    this.#trace.add("ops", "asks the engine to stop");
    this.#safely("stop", this.#life.stop(drainMs));
  }

  /** What a person asks of an engine that may be dying or unable to write, and asks again later. */
  #safely(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#trace.add("ops", `${what} failed: ${error instanceof Error ? error.message : ""}`),
    );
  }

  #heal(): void {
    this.#trace.add("world", "is well again");
    this.#weather.clear();
    this.#network.heal();
    this.#disk.setFull(false);
  }

  /** Schedules and polls would never come to rest: once they have caught up, they end. */
  async #endFeeds(): Promise<void> {
    for (let minute = 0; minute < catchUpMinutes; minute += 1) {
      this.#resumeAll();
      await this.#clock.advance(minuteMs, () => this.#settle());
    }
    this.#mayAsk = false;
    this.#askedUntil = this.#life.now();
    await this.#drive(this.#life.askNoMore());
  }

  /** Time goes on, people look in every few hours, until there is nothing left to wait for or to do. */
  async #comeToRest(): Promise<void> {
    const end = this.#clock.now() + restMs;
    let isReplayed = false;
    while (this.#clock.now() < end) {
      this.#resumeAll();
      await this.#clock.run(this.#clock.now() + shiftMs, () => this.#settle());
      if (!this.#life.isDead)
        this.#wrong.push(...wrongBacklog(this.#life.engine.status(), this.#disk.database));
      let acted = 0;
      const act = async (): Promise<void> => {
        acted =
          (await this.#people.answerTasks()) +
          (await this.#operators.tidyUp()) +
          (await this.#replayers.tidyUp()) +
          (await this.#people.resumeParked());
        if (acted > 0 || isReplayed || this.#clock.next() !== undefined) return;
        isReplayed = true;
        await this.#people.replay(streamOf(this.#seed, "last replay"), true);
        await this.#people.replayStep(streamOf(this.#seed, "last step"), true);
        acted = 1;
      };
      await this.#drive(act());
      const next = this.#clock.next();
      const { paused, draining } = this.#life.engine.status();
      const isPaused = paused.length + draining.length > 0;
      if (acted === 0 && next === undefined && !isPaused) return;
      // What a dead process left paused is resumed first: no one leaves a partner shut for a month.
      if (acted === 0 && next !== undefined && !isPaused)
        await this.#clock.advanceTo(next, () => this.#settle());
    }
    this.#wrong.push("the engine came to no rest within 60 days");
  }

  /** What was paused, also by a process that died since. */
  #resumeAll(): void {
    const { engine } = this.#life;
    const { paused, draining } = engine.status();
    for (const target of [...paused, ...draining]) {
      this.#witness.goesOn(target);
      this.#safely("resume", engine.resume(target, "ops"));
    }
  }

  async #look(): Promise<void> {
    const runs = this.#purger.withGone(await this.#life.store.read.runs({ limit: 10_000 }));
    const { deciding, sending, waiting } = this.#life.engine.status();
    if (deciding + sending + waiting > 0)
      this.#wrong.push(`the engine is at work: ${deciding}, ${sending} and ${waiting}`);
    this.#wrong.push(
      ...(await this.#replayers.verdict()),
      ...(await this.#callers.verdict()),
      ...verdictOn({
        story: this.#story,
        gone: this.#purger,
        discarded: new Set([...this.#operators.discarded, ...this.#people.discarded]),
        askedUntil: this.#askedUntil,
        isClockTrue: !this.#weather.setsClock,
        partners: this.#partners,
        sendings: this.#sender.sendings,
        runs,
        database: this.#disk.database,
      }),
    );
  }
}
