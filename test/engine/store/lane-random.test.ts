import { expect, onTestFinished, test } from "vitest";
import type { RunEvent, TimerName } from "../../../engine/model/run-event.ts";
import { endedStatuses, parkedStatuses, type RunStatus } from "../../../engine/model/run.ts";
import type { RunRow } from "../../../engine/ports/store-reader.ts";
import type { Store } from "../../../engine/ports/store.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { random } from "../../random.ts";
import { Fixture, start } from "../../contracts/store-fixture.ts";

const statuses: readonly RunStatus[] = [
  "done",
  "failed",
  "active",
  "held",
  "released",
  "dead",
  "stuck",
];

/** An engine that decides by lot. */
class Gambler {
  readonly store: Store;
  readonly make = new Fixture();
  readonly #roll: () => number;
  #now = start;

  constructor(store: Store, seed: number) {
    this.store = store;
    this.#roll = random(seed);
  }

  async step(): Promise<void> {
    const roll = this.#roll();
    this.#now += 1;
    if (roll < 0.3) await this.make.accept(this.store, { laneKey: this.#pick(["A", "B"]) });
    else if (roll < 0.55) await this.#claim(this.#pick(statuses));
    else if (roll < 0.7) await this.#events(this.#pick(statuses));
    else if (roll < 0.85) await this.#goOn(this.#pick(statuses));
    else await this.#unpark();
  }

  /** Brings everything that can still move to its end. */
  async finish(): Promise<void> {
    for (let round = 0; round < 1_000; round += 1) {
      this.#now += 100;
      const open = (await this.store.read.runs({ limit: 1_000 })).filter(
        ({ endedAt, status }) => endedAt === undefined && status !== "held",
      );
      if (open.length === 0) return;
      await this.#claim("done");
      await this.#events("done");
      await this.#goOn("done");
      await this.#unpark();
    }
    throw new Error("a lane does not move any more");
  }

  async #claim(status: RunStatus): Promise<void> {
    for (const { snapshot } of await this.store.claim(1, this.#now)) {
      await this.#commit(snapshot.id, status, { kind: "start" });
    }
  }

  async #events(status: RunStatus): Promise<void> {
    for (const { runId, path, name } of await this.store.dueTimers(this.#now, 1)) {
      await this.#commit(runId, status, { kind: "timer", path, name: name as TimerName });
    }
    for (const { runId, id, event } of await this.store.takeSignals(1)) {
      await this.#commit(runId, status, event, id);
    }
  }

  async #goOn(status: RunStatus): Promise<void> {
    const active = await this.store.read.runs({ status: "active" });
    const run = active[Math.floor(this.#roll() * active.length)];
    // A run parks with what is queued for it answered, or it would go on by itself.
    const next = parkedStatuses.includes(status) ? "done" : status;
    if (run !== undefined) await this.#commit(run.id, next, { kind: "resume", by: "x" });
  }

  async #unpark(): Promise<void> {
    const [problem] = await this.store.read.deadLetters({});
    if (problem === undefined) return;
    const resume = { kind: "resume", by: "x" } as const;
    const discard = { kind: "discard", by: "x", reason: "x" } as const;
    await this.store.unpark(problem.runId, this.#roll() < 0.5 ? resume : discard, this.#now);
  }

  async #commit(
    runId: string,
    status: RunStatus,
    event: RunEvent,
    signalId?: string,
  ): Promise<void> {
    const due = this.#now + Math.floor(this.#roll() * 20);
    const timers =
      status === "released" ? [{ path: "steps.wait", name: "wait" as const, due }] : [];
    const given = signalId === undefined ? { event } : { event, signalId };
    await this.store.commit(this.make.commit(runId, { status, timers }, given), this.#now);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#roll() * items.length)];
    if (item === undefined) throw new Error("nothing to pick");
    return item;
  }
}

async function openRuns(store: Store): Promise<number> {
  const runs = await store.read.runs({ limit: 1_000 });
  return runs.filter(({ status }) => ![...endedStatuses, ...parkedStatuses].includes(status))
    .length;
}

async function lanesOf(store: Store): Promise<readonly (readonly RunRow[])[]> {
  const open = (await store.read.runs({ limit: 1_000 })).filter(
    ({ endedAt }) => endedAt === undefined,
  );
  return [...Map.groupBy(open, ({ laneKey }) => laneKey).values()];
}

test.each([1, 2, 3, 4, 5, 6])(
  "seed %i: lanes never run two at once, and never get stuck",
  async (seed) => {
    const store = openStore({ path: ":memory:" });
    onTestFinished(() => store.close());
    const gambler = new Gambler(store, seed);
    for (let count = 0; count < 150; count += 1) {
      await gambler.step();
      expect(store.backlog, `step ${count}`).toBe(await openRuns(store));
      for (const lane of await lanesOf(store)) {
        const is = (...wanted: readonly RunStatus[]): number =>
          lane.filter(({ status }) => wanted.includes(status)).length;
        const at = `seed ${seed}, step ${count}: ${lane.map(({ status }) => status).join(" ")}`;
        expect(is("ready", "active"), at).toBeLessThanOrEqual(1);
        // Whoever waits in the queue waits for somebody; a held run counts when it has an event.
        const { timers = 0, signals = 0 } = await store.read.counts();
        const held = timers + signals > 0 ? is("held") : 0;
        const holders = held + is("ready", "active", "released", ...parkedStatuses);
        if (is("queued") > 0) expect(holders, at).toBeGreaterThan(0);
      }
    }
    await gambler.finish();
    const left = (await lanesOf(store)).flat();
    expect(left.every(({ status }) => status === "held")).toBe(true);
  },
);
