import type { Instant } from "../../model/json.ts";
import type { RunRow } from "../../ports/store-reader.ts";
import { Retention } from "../../governance/retention.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";
import type { Random } from "../estate/random.ts";
import type { Life } from "./life.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

interface PurgerParts {
  readonly life: () => Life;
  readonly trace: Trace;
  readonly database: () => Database;
}

/** What is younger than this is never let go of. */
const leastAgeMs = 60_000;
const mostAgeMs = 900_000;

/** One effect in the ledger, by its own number. */
interface EffectRow {
  readonly no: number;
  readonly flow: string;
  readonly path: string;
  readonly undone: 0 | 1;
}

/**
 * Lets go of what is over while the engine is at work. What was there is written down before each
 * transaction of a purge, so that the verdict can tell what went on purpose from what was lost.
 */
export class Purger {
  readonly #runs = new Map<string, RunRow>();
  readonly messages = new Set<string>();
  readonly effects = new Map<number, EffectRow>();
  readonly #parts: PurgerParts;
  #isAtWork = false;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
  }

  plan(weather: Weather, spanMs: number, safely: (work: Promise<void>) => void): void {
    weather.plan("purge", spanMs, 3, (luck) => {
      // What a person ended and had not processed once more yet would be gone, too.
      if (!weather.has("discard")) safely(this.#purge(luck));
    });
  }

  /** Bodies, or all there is of what is over; rejects or never ends when the process dies over it. */
  async #purge(luck: Random): Promise<void> {
    const { trace } = this.#parts;
    const life = this.#parts.life();
    const { clock, log, store } = life.world;
    const kind = luck.pick(["payloads", "history"] as const);
    const before: Instant = life.now() - leastAgeMs - luck.below(mostAgeMs);
    const retention = new Retention({
      store: life.store.retention,
      clock,
      log,
      audit: (entry, now) => store.audit(entry, now),
      policy: () => undefined,
    });
    retention.start();
    trace.add("ops", `lets go of ${kind}`);
    this.#isAtWork = true;
    void life.death.then(() => (this.#isAtWork = false));
    const state = retention.purge({ kind, before }, "ops");
    await retention.idle();
    await retention.stop();
    this.#isAtWork = life.isDead ? this.#isAtWork : false;
    trace.add("ops", `let go of ${state.done[kind]} ${kind}, ${state.why ?? "all of them"}`);
  }

  /** True for a message that was there when others were let go of, and is not any more. */
  isGone(messageId: string): boolean {
    const id = messageId.replaceAll("-", "");
    return this.messages.has(id) && !messageIds(this.#parts.database()).includes(id);
  }

  /** True for an id that is nowhere: a repetition was answered with it, whose first message was let go of. */
  isOfGone(messageId: string): boolean {
    const id = messageId.replaceAll("-", "");
    const known = messageIds(this.#parts.database());
    return !known.includes(id) && [...this.messages].some((before) => !known.includes(before));
  }

  /** All runs there ever were, oldest first. */
  withGone(left: readonly RunRow[]): readonly RunRow[] {
    const all = new Map([...this.#runs, ...left.map((run) => [run.id, run] as const)]);
    return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A transaction is about to begin. */
  begins(): void {
    if (!this.#isAtWork) return;
    const database = this.#parts.database();
    void this.#parts
      .life()
      .store.read.runs({ limit: 10_000 })
      .then((rows) => {
        for (const row of rows) this.#runs.set(row.id, row);
        return undefined;
      });
    for (const id of messageIds(database)) this.messages.add(id);
    for (const row of effectRows(database)) this.effects.set(row.no, row);
  }
}

export function messageIds(database: Database, channel?: "webhook"): readonly string[] {
  return database
    .prepare<[{ channel: string | null }], { id: string }>(
      "SELECT lower(hex(message_id)) AS id FROM message WHERE :channel IS NULL OR channel = :channel",
    )
    .all({ channel: channel ?? null })
    .map(({ id }) => id);
}

/** What was done or undone, as the ledger has it, with the flows that did it. */
export function effectRows(database: Database): readonly EffectRow[] {
  return database
    .prepare<[], EffectRow>(
      "SELECT effect_no AS no, flow, path, undone FROM effect JOIN run USING (run_no) WHERE doubt IS NULL",
    )
    .all();
}
