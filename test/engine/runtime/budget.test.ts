import { describe, expect, test } from "vitest";
import { Budget } from "../../../engine/runtime/budget.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import { adapterText, bench, compile, flowText, workspace } from "./bench.ts";

/** The most events in any span `[t, t + perMs)`. */
function most(times: readonly number[], perMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    0,
    ...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + perMs).length),
  );
}

const limited = (budget: string): string =>
  adapterText("tryton", "erp", `budget: ${budget}\nconcurrency: 50`);

describe("a budget", () => {
  test("is kept in every span, by all flows together, and what exceeds it waits", async () => {
    const files = workspace({
      "flows/system/erp.tryton.yaml": limited(
        "[ { limit: 10, per: 1s }, { limit: 25, per: 10s } ]",
      ),
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
      "flows/process/other.yaml": flowText("other", ["erp.post", "erp.confirm"]),
    });
    const { engine, receive, partners, advance, statuses } = await bench({ files });
    for (let number = 0; number < 20; number += 1) {
      await receive(`m${number}`, `k${number}`);
      await advance(37);
    }
    await engine.idle();
    await advance(60_000);
    expect(await statuses()).toEqual({ done: 40 });
    const times = partners.to("tryton").map(({ at }) => at);
    expect(times).toHaveLength(60);
    expect(most(times, 1_000)).toBe(10);
    expect(most(times, 10_000)).toBe(25);
  });

  test("half spent stays half spent over a reload, with the new limit from then on", async () => {
    const flow = { "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]) };
    const { engine, receive, partners, advance, clock } = await bench({
      files: workspace({
        ...flow,
        "flows/system/erp.tryton.yaml": limited("[ { limit: 10, per: 60s } ]"),
      }),
    });
    const start = clock.now();
    for (let number = 0; number < 6; number += 1) await receive(`m${number}`, `k${number}`);
    await engine.idle();
    await engine.adopt(
      compile(
        workspace({
          ...flow,
          "flows/system/erp.tryton.yaml": limited("[ { limit: 8, per: 60s } ]"),
        }),
      ),
    );
    for (let number = 6; number < 12; number += 1) await receive(`m${number}`, `k${number}`);
    await engine.idle();
    expect(partners.to("tryton")).toHaveLength(8);
    await advance(59_999);
    expect(partners.to("tryton")).toHaveLength(8);
    await advance(60_000);
    expect(partners.to("tryton")).toHaveLength(12);
    expect(
      most(
        partners.to("tryton").map(({ at }) => at - start),
        60_000,
      ),
    ).toBeLessThanOrEqual(8);
  });

  test.each(["stop", "crash"] as const)("spent before a %s is not given out again", async (end) => {
    const files = workspace({
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
      "flows/system/erp.tryton.yaml": limited("[ { limit: 40, per: 1h } ]"),
    });
    const first = await bench({ files });
    for (let number = 0; number < 30; number += 1) await first.receive(`m${number}`, `k${number}`);
    await first.engine.idle();
    if (end === "stop") await first.engine.stop();
    else first.crash();
    const second = await bench({ after: first });
    for (let number = 30; number < 60; number += 1) {
      await second.receive(`m${number}`, `k${number}`);
    }
    await second.engine.idle();
    await second.advance(3_000_000);
    const { length } = second.partners.to("tryton");
    // After a crash, the last few may be counted twice, never too few times.
    if (end === "stop") expect(length).toBe(40);
    else expect(length).toBeGreaterThan(34);
    expect(length).toBeLessThanOrEqual(40);
  });

  test.each([30, 31])("remembers a crash after %i requests over a life of none", async (sent) => {
    const files = workspace({
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
      "flows/system/erp.tryton.yaml": limited("[ { limit: 40, per: 1h } ]"),
    });
    const first = await bench({ files });
    // Every other request is put on record: in one of the two cases the last one is not.
    for (let number = 0; number < sent; number += 1)
      await first.receive(`m${number}`, `k${number}`);
    await first.engine.idle();
    first.crash();
    const second = await bench({ after: first });
    await second.engine.idle();
    await second.engine.stop();
    const third = await bench({ after: second });
    for (let number = sent; number < 60; number += 1)
      await third.receive(`m${number}`, `k${number}`);
    await third.engine.idle();
    await third.advance(3_000_000);
    const { length } = third.partners.to("tryton");
    expect(length).toBeGreaterThan(34);
    expect(length).toBeLessThanOrEqual(40);
  });

  test("never lets more through than any window allows, at random times (seeds 1 to 20)", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const luck = new SeededIds(seed);
      const windows = [
        { limit: 1 + Math.floor(luck.random() * 10), perMs: 1_000 },
        { limit: 5 + Math.floor(luck.random() * 30), perMs: 10_000 },
      ];
      const budget = new Budget(windows);
      const times: number[] = [];
      for (let now = 0; now < 60_000; now += Math.floor(luck.random() * 300)) {
        if (budget.free(now) > now) continue;
        const spent = budget.take();
        budget.left(spent, now);
        budget.answered(spent, now);
        times.push(now);
      }
      for (const { limit, perMs } of windows) {
        expect(most(times, perMs), `seed ${seed}`).toBeLessThanOrEqual(limit);
      }
      const worst = Math.min(...windows.map(({ limit, perMs }) => limit / perMs));
      expect(times.length, `seed ${seed}`).toBeGreaterThan(60_000 * worst * 0.7);
    }
  });

  test("is kept at the partner, wherever a request is delayed on its way (seeds 1 to 40)", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const luck = new SeededIds(seed);
      const window = { limit: 1 + Math.floor(luck.random() * 10), perMs: 1_000 };
      const budget = new Budget([window]);
      const arrivals: number[] = [];
      const steps: { at: number; act: (now: number) => void }[] = [];
      const later = (at: number, act: (now: number) => void): void => void steps.push({ at, act });
      const ask = (now: number): void => {
        const free = budget.free(now);
        if (free > now) return later(free, ask);
        const spent = budget.take();
        // We stall before it leaves, the network a little, and the partner takes its time to answer.
        const left = now + Math.floor(luck.random() * luck.random() * 3_000);
        const arrived = left + Math.floor(luck.random() * 250);
        arrivals.push(arrived);
        later(left, (at) => budget.left(spent, at));
        later(arrived + Math.floor(luck.random() * 4_000), (at) => budget.answered(spent, at));
        later(now, ask);
      };
      later(0, ask);
      while (arrivals.length < 200) {
        const [next] = steps.sort((a, b) => a.at - b.at).splice(0, 1);
        next?.act(next.at);
      }
      expect(most(arrivals, 1_000), `seed ${seed}`).toBeLessThanOrEqual(window.limit);
    }
  });

  test("is hardly less than it allows where answers are slow", () => {
    const budget = new Budget([{ limit: 10, perMs: 1_000 }]);
    let sent = 0;
    for (let now = 0; now < 60_000; now += 1) {
      if (budget.free(now) > now) continue;
      budget.left(budget.take(), now);
      sent += 1;
    }
    expect(sent).toBeGreaterThanOrEqual(480);
  });

  test("is to be recorded until a record of it is on disk", () => {
    const budget = new Budget([{ limit: 100, perMs: 3_600_000 }]);
    for (let count = 0; count < 7; count += 1) budget.answered(budget.take(), count);
    expect(budget.shouldRecord).toBe(true);
    const { taken } = budget;
    budget.record({ steady: 10, now: 10 });
    expect(budget.shouldRecord).toBe(true);
    budget.answered(budget.take(), 11);
    budget.recorded(taken);
    // One that began before it may end after it.
    budget.recorded(2);
    expect(budget.shouldRecord).toBe(false);
    expect(budget.mustRecord).toBe(false);
    for (let count = 0; count < 9; count += 1) budget.take();
    expect(budget.mustRecord).toBe(true);
  });

  test("does not heed the machine's clock, and lies in no future of one that went back", () => {
    const budget = new Budget([{ limit: 2, perMs: 1_000 }]);
    budget.restore([[9_000_000, 2]], undefined, { steady: 100, now: 5_000 });
    expect(budget.free(100)).toBe(1_101);
  });

  test("goes on from a record that never says less or earlier than it was (seeds 1 to 20)", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const luck = new SeededIds(seed);
      const windows = [{ limit: 500, perMs: 3_600_000 }];
      const budget = new Budget(windows);
      let now = 0;
      for (let count = 0; count < 400; count += 1) {
        now += Math.floor(luck.random() * 5_000);
        budget.answered(budget.take(), now);
      }
      const record = budget.record({ steady: now, now });
      expect(record.length).toBeLessThan(300);
      const restored = new Budget(windows);
      restored.restore(record, undefined, { steady: now, now });
      for (const per of [1_000, 60_000, 600_000, 3_600_000]) {
        const window = { limit: 500, perMs: per };
        expect(restored.used(window, now)).toBeGreaterThanOrEqual(budget.used(window, now));
      }
    }
  });
});
