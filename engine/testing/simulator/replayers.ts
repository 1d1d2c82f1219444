import { FlowError } from "../../errors/flow-error.ts";
import type { ReplayJobRow, ReplaySelection } from "../../ports/replay-store.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";
import type { Random } from "../estate/random.ts";
import type { Life } from "./life.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

interface ReplayersParts {
  readonly life: () => Life;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly database: () => Database;
  readonly later: (ms: number, act: () => void) => void;
  readonly safely: (what: string, work: Promise<unknown>) => void;
}

/** Flows of which all that is done may be processed once more, and meets its effects. */
const repeatable = [
  "invoice-in",
  "payment-in",
  "note-to-crm",
  "order-lines",
  "parcel-to-erp",
  "usage-in",
  "account-latest",
  "kit-to-erp",
  "closing",
] as const;
const status = "done";
/** There may be none, or they are let go of just now. */
const nothingThere = ["replay/nothing-found", "replay/unknown-id"];
const lookMsMax = 90_000;
/** What is to be done again goes quickly: it must meet the ledger only. */
const hasteMsMax = 40;
/** Why an item of a job may be refused: what became of its run or message in the meantime. */
const mayRefuse = /retention is over|holds its place|goes on by itself|it is [a-z-]+ already/;

/** People who have many runs processed once more by one job: they stop it, and let it go on. */
export class Replayers {
  readonly wrong: string[] = [];
  readonly #parts: ReplayersParts;
  /** By job: how many of its items were through when it was stopped. */
  readonly #stopped = new Map<number, number>();

  constructor(parts: ReplayersParts) {
    this.#parts = parts;
  }

  plan(spanMs: number): void {
    const { later, safely, weather } = this.#parts;
    weather.plan("replay-job", spanMs, 5, (luck) => {
      const haltMs = luck.below(luck.pick([hasteMsMax, hasteMsMax, lookMsMax] as const));
      const goOnMs = luck.below(lookMsMax);
      const isHalted = luck.next() < 0.7;
      const look = (): void => {
        if (isHalted) later(haltMs, () => safely("stop of a replay", this.#halt()));
        later(goOnMs, () => safely("replay", this.#letGoOn()));
      };
      safely("replay of many", this.#create(luck).then(look));
    });
  }

  async #create(luck: Random): Promise<void> {
    const { trace } = this.#parts;
    const isOfDead = luck.next() < 0.2;
    const flow = luck.pick(repeatable);
    const canary = luck.next() < 0.5 ? 1 : 0;
    const atOnce = 1 + luck.below(3);
    const isNamed = luck.next() < 0.6;
    const selection: ReplaySelection = isOfDead
      ? {}
      : isNamed
        ? { ids: await this.#done() }
        : { flow, status };
    const what = isOfDead ? "that is dead" : isNamed ? "that is done" : `of ${flow}`;
    trace.add("ops", `replays all ${what}, ${canary} first`);
    try {
      await this.#parts.life().jobs.create({
        by: "ops",
        selection,
        begin: isOfDead ? "step" : "event",
        canary,
        atOnce,
      });
    } catch (error) {
      if (!(error instanceof FlowError) || !nothingThere.includes(error.code)) throw error;
    }
  }

  /** Runs of flows whose effects are met again, by id. */
  async #done(): Promise<readonly string[]> {
    const rows = await this.#parts.life().store.read.runs({ status, limit: 10_000 });
    return rows.filter(({ flow }) => repeatable.some((name) => name === flow)).map(({ id }) => id);
  }

  async #halt(): Promise<void> {
    const { life, trace } = this.#parts;
    for (const row of await this.#rows()) {
      if (row.status !== "running") continue;
      const isHalted = await life().jobs.halt(row.number, "ops");
      const now = (await this.#rows()).find(({ number }) => number === row.number);
      trace.add("ops", `stops replay ${row.number}: ${isHalted}`);
      if (!isHalted || now === undefined || now.pending === 0) continue;
      if (now.status === "running")
        this.wrong.push(`replay ${row.number} was stopped, and goes on`);
      this.#stopped.set(row.number, through(now));
    }
  }

  /** How many jobs go on, which waited for a look or were stopped. */
  async #letGoOn(): Promise<number> {
    const { life, trace } = this.#parts;
    let count = 0;
    for (const row of await this.#rows()) {
      if (!["waiting", "stopped"].includes(row.status) || row.pending === 0) continue;
      this.#judge(row);
      trace.add("ops", `lets replay ${row.number} go on`);
      this.#stopped.delete(row.number);
      if (await life().jobs.proceed(row.number, "ops")) count += 1;
      else this.wrong.push(`replay ${row.number} has ${row.pending} left, and does not go on`);
    }
    return count;
  }

  tidyUp(): Promise<number> {
    return this.#letGoOn();
  }

  /** When all has come to rest: each job is through, and each of its items was taken once. */
  async verdict(): Promise<readonly string[]> {
    const { life, weather } = this.#parts;
    const { read } = life().store.replays;
    const found: string[] = [];
    for (const row of await this.#rows()) {
      const name = `replay ${row.number}`;
      this.#judge(row);
      if (row.pending > 0) found.push(`${name} is ${row.status}, and ${row.pending} are left`);
      const items = await read.items(row.number, 10_000);
      for (const { status, why = "" } of items)
        if (status === "refused" && !mayRefuse.test(why))
          found.push(`${name} refused an item: ${why}`);
      const taken = items.filter(({ what, status }) => what === "replay" && status === "taken");
      const made = this.#messagesOf(row.number);
      if (!weather.kinds.includes("purge") && made !== taken.length)
        found.push(`${name} took ${taken.length} messages, and made ${made} of them`);
    }
    return found;
  }

  #judge(row: ReplayJobRow): void {
    const { number, canary, atOnce } = row;
    const count = through(row);
    if (canary > 0 && count > canary)
      this.wrong.push(`replay ${number} took ${count} before anybody had looked at ${canary}`);
    const before = this.#stopped.get(number);
    // What was under way when it was stopped is finished.
    if (before !== undefined && count > before + atOnce)
      this.wrong.push(`replay ${number} was stopped after ${before}, and took ${count}`);
  }

  #rows(): Promise<readonly ReplayJobRow[]> {
    return this.#parts.life().store.replays.read.jobs(1_000);
  }

  /** A replay may be replayed in its turn: the name of the last comes last. */
  #messagesOf(job: number): number {
    const sql = "SELECT envelope FROM message_body WHERE envelope LIKE ?";
    const texts = this.#parts.database().prepare<[string], string>(sql).pluck();
    const name = new RegExp(`#replay-${job}-[\\w-]+"`);
    return texts.all(`%#replay-${job}-%`).filter((text) => name.test(text)).length;
  }
}

const through = ({ total, pending }: ReplayJobRow): number => total - pending;
