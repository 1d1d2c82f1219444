import { isJsonObject } from "../../model/json.ts";
import type { PauseTarget } from "../../model/operator.ts";
import type { RunRow } from "../../ports/store-reader.ts";
import type { Random } from "../estate/random.ts";
import type { Life } from "./life.ts";
import { hosts } from "./partners.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";
import type { Witness } from "./witness.ts";

interface OperatorsParts {
  readonly life: () => Life;
  readonly trace: Trace;
  readonly witness: Witness;
  readonly weather: Weather;
  readonly later: (ms: number, act: () => void) => void;
  /** Does what may fail, as the engine may be dying or unable to write. */
  readonly safely: (what: string, work: Promise<unknown>) => void;
  /** Whether a run has done what only it would undo: to discard it leaves that as it is. */
  readonly hasToUndo: (run: RunRow) => boolean;
}

/** Flows whose message may be processed once more at any later time. */
const discardable = ["invoice-in", "kit-to-erp", "order-lines"];
const stopMsMax = 180_000;
const pauseMsMax = 120_000;
const hurryMsMax = 30_000;
/** So much more often than other faults strike people act on a run that waits for them. */
const quickness = 8;
/** Flows that people stop for a while. */
const stoppable = [
  "invoice-in",
  "opportunity-to-order",
  "note-to-crm",
  "order-lines",
  "visit-to-erp",
] as const;

/** Keys of flows that people stop for a while, all else of the flow going on. */
const stoppableKeys = [
  { flow: "note-to-crm", laneKey: "A1" },
  { flow: "note-to-crm", laneKey: "A2" },
  { flow: "case-to-hold", laneKey: "A1" },
  { flow: "account-latest", laneKey: "A2" },
  { flow: "usage-in", laneKey: "M1" },
  { flow: "visit-to-erp", laneKey: "A1" },
] as const;

/** Systems whose callers begin by themselves, and answer nobody who waits. */
const drainable = ["crm", "billing", "support"] as const;
/** As flows of the simulation's workspace declare. */
const regions = ["north", "south"] as const;

const modeOf = (luck: Random): "pause" | "drain" => (luck.next() < 0.5 ? "pause" : "drain");

/** People who act on runs and flows while it still storms, in the middle of crashes. */
export class Operators {
  readonly wrong: string[] = [];
  readonly #parts: OperatorsParts;
  /** By message: runs that somebody ended, so that their message must be processed once more. */
  readonly #discarded = new Map<string, RunRow>();
  /** How often each target was stopped or let go on. */
  readonly #asked = new Map<string, number>();

  constructor(parts: OperatorsParts) {
    this.#parts = parts;
  }

  /** Lets people stop systems, flows and keys of them a few times. */
  plan(spanMs: number): void {
    const { later, safely, weather } = this.#parts;
    weather.plan("pause", spanMs, 2, (luck) =>
      this.#pause(luck.pick(hosts), luck.below(pauseMsMax)),
    );
    weather.plan("flow-stop", spanMs, 3, (luck) => {
      const goOn = (flow: string): void =>
        later(luck.below(stopMsMax), () => safely("resume", this.#resume({ kind: "flow", flow })));
      safely("stop of a flow", this.#stop(luck).then(goOn));
    });
    weather.plan("key-stop", spanMs, 4, (luck) => this.#stopKey(luck));
    weather.plan("system-drain", spanMs, 3, (luck) => this.#drainSystem(luck));
    weather.plan("region-stop", spanMs, 3, (luck) => this.#stopRegion(luck));
  }

  /** A run waits for a person, and perhaps one is quick. */
  parked(): void {
    const { later, safely, weather } = this.#parts;
    const maybe = (kind: "hasty-operator" | "discard", act: (luck: Random) => Promise<number>) => {
      if (!weather.strikes(kind, quickness)) return;
      const luck = weather.luck(kind);
      later(luck.below(hurryMsMax), () => safely(kind, act(luck)));
    };
    maybe("discard", (luck) => this.#discard(luck, ["dead"]));
    if (this.#endsDoubts) {
      const luck = weather.luck("discard");
      later(luck.below(hurryMsMax), () => safely("discard", this.#discard(luck, ["in-doubt"])));
    }
    maybe("hasty-operator", (luck) => this.#letGoOn(luck));
  }

  /** What still waits for a person when the storm is over; how many acts it took. */
  async tidyUp(): Promise<number> {
    const { weather } = this.#parts;
    let acts = 0;
    const luck = weather.luck("discard");
    if (this.#endsDoubts) acts += await this.#discard(luck, ["in-doubt"]);
    if (weather.kinds.includes("discard")) acts += await this.#discard(luck, ["dead"]);
    if (weather.kinds.includes("hasty-operator"))
      acts += await this.#letGoOn(weather.luck("hasty-operator"));
    return acts + (await this.#replayDiscarded());
  }

  /**
   * Nobody likes what is in doubt: it is ended more readily than anything else, unless a purge could take
   * its message before that is processed once more.
   */
  get #endsDoubts(): boolean {
    const { kinds } = this.#parts.weather;
    return kinds.includes("discard") || (kinds.includes("last-breath") && !kinds.includes("purge"));
  }

  get discarded(): ReadonlySet<string> {
    return new Set([...this.#discarded.values()].map(({ id }) => id));
  }

  /** Lets what is dead go on, though its partner may be as ill as before; some with their data mended. */
  async #letGoOn(luck: Random): Promise<number> {
    const { engine, store } = this.#parts.life();
    let count = 0;
    for (const run of await this.#parked("dead")) {
      if (luck.next() < 0.3) continue;
      const stored = luck.next() < 0.5 ? await store.read.message(run.messageId) : undefined;
      const data = stored?.message.data;
      const edit = isJsonObject(data)
        ? { data: { ...data, mended: true }, reason: "something was missing" }
        : {};
      this.#parts.trace.add("ops", `lets ${run.flow} ${run.identity} go on in a hurry`);
      this.#parts.witness.letGoOn(run.id);
      await engine.unpark(run.id, { kind: "resume", by: "ops", ...edit });
      count += 1;
    }
    return count;
  }

  /**
   * Ends a run that is dead or in doubt, and has its message processed once more: a crash may come
   * between, and whatever it was in doubt of must not be done twice.
   */
  async #discard(luck: Random, statuses: readonly ("dead" | "in-doubt")[]): Promise<number> {
    const parked = await Promise.all(statuses.map((status) => this.#parked(status)));
    const own = parked.flat().filter((each) => this.#maybeDiscarded(each));
    const run = own[luck.below(Math.max(1, own.length))];
    if (run === undefined || run.replayOf !== undefined) return 0;
    const { engine } = this.#parts.life();
    this.#parts.trace.add(
      "ops",
      `discards ${run.flow} ${run.identity} (${run.id}), which is ${run.status}`,
    );
    // Before it is known whether it comes to the disk: whoever asks later looks there.
    this.#discarded.set(run.messageId, run);
    await engine.unpark(run.id, { kind: "discard", by: "ops", reason: "to be done anew" });
    return 1 + (await this.#replayDiscarded());
  }

  #maybeDiscarded(run: RunRow): boolean {
    return discardable.includes(run.flow) && !this.#parts.hasToUndo(run);
  }

  /** How many messages still had to be processed once more. */
  async #replayDiscarded(): Promise<number> {
    const { engine, store } = this.#parts.life();
    let replayed = 0;
    for (const [messageId, { id, flow }] of this.#discarded) {
      const runs = await store.read.runs({ flow, limit: 10_000 });
      const isDiscarded = runs.some((run) => run.id === id && run.status === "discarded");
      if (!isDiscarded || runs.some(({ replayOf }) => replayOf === messageId)) continue;
      this.#parts.trace.add("ops", `has ${messageId} processed once more`);
      const answer = await engine.replay(messageId, { by: "ops" });
      if (answer.outcome === "duplicate")
        this.wrong.push(
          `the replay of ${messageId}, which was discarded, was taken for a duplicate`,
        );
      replayed += 1;
    }
    return replayed;
  }

  #pause(system: string, ms: number): void {
    this.#parts.trace.add("ops", `pauses ${system} for ${ms} ms`);
    this.#stopFor({ kind: "system", system }, "pause", ms);
  }

  /** Stops a flow: all of it, or what has not begun; the name of it is for whoever lets it go on. */
  async #stop(luck: Random): Promise<string> {
    const flow = luck.pick(stoppable);
    const mode = modeOf(luck);
    this.#parts.trace.add("ops", `${mode}s the flow ${flow}`);
    await this.#hold({ kind: "flow", flow }, mode);
    return flow;
  }

  #stopKey(luck: Random): void {
    const { flow, laneKey } = luck.pick(stoppableKeys);
    const mode = modeOf(luck);
    this.#parts.trace.add("ops", `${mode}s the key ${laneKey} of the flow ${flow}`);
    this.#stopFor({ kind: "key", flow, laneKey }, mode, luck.below(stopMsMax));
  }

  #drainSystem(luck: Random): void {
    const system = luck.pick(drainable);
    this.#parts.trace.add("ops", `drains ${system}`);
    this.#stopFor({ kind: "system", system }, "drain", luck.below(stopMsMax));
  }

  #stopRegion(luck: Random): void {
    const region = luck.pick(regions);
    const mode = modeOf(luck);
    this.#parts.trace.add("ops", `${mode}s the region ${region}`);
    this.#stopFor({ kind: "region", region }, mode, luck.below(stopMsMax));
  }

  #stopFor(target: PauseTarget, mode: "pause" | "drain", ms: number): void {
    const { later, safely } = this.#parts;
    safely(mode, this.#hold(target, mode));
    later(ms, () => safely("resume", this.#resume(target)));
  }

  async #hold(target: PauseTarget, mode: "pause" | "drain"): Promise<void> {
    const { life, witness } = this.#parts;
    // A drain takes the place of a pause, which ends with it.
    witness.goesOn(target);
    const asked = this.#asks(target);
    await life().engine[mode](target, "ops");
    // Somebody may have let it go on before it was on record.
    if (this.#asked.get(JSON.stringify(target)) === asked) witness.stopped(target, mode);
  }

  /** Counts what was asked for of a target. */
  #asks(target: PauseTarget): number {
    const name = JSON.stringify(target);
    const count = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, count);
    return count;
  }

  async #resume(target: PauseTarget): Promise<void> {
    this.#asks(target);
    this.#parts.witness.goesOn(target);
    await this.#parts.life().engine.resume(target, "ops");
  }

  #parked(status: "dead" | "in-doubt"): Promise<readonly RunRow[]> {
    return this.#parts.life().store.read.runs({ status, limit: 100 });
  }
}
