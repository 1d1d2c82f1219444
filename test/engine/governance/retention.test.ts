import { describe, expect, onTestFinished, test } from "vitest";
import { cutoffsOf, Retention, type RetentionPolicy } from "../../../engine/governance/index.ts";
import type { RetentionStore } from "../../../engine/ports/retention-store.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";
import { Fixture } from "../../contracts/store-fixture.ts";

const day = 86_400_000;
const quarter = 900_000;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1)
    await new Promise((resolve) => void setImmediate(resolve));
}

/** A store with messages of some days ago, and its retention on a clock that goes when told. */
async function world(policy: RetentionPolicy, ages: readonly number[]) {
  const clock = new VirtualClock();
  const store = openStore({ path: ":memory:" });
  onTestFinished(() => store.close());
  const fixture = new Fixture();
  for (const age of ages) {
    const receivedAt = clock.now() - age * day;
    await store.accept(fixture.intake({ message: fixture.message({ receivedAt }) }), receivedAt);
  }
  const logged: string[] = [];
  const holder: { policy: RetentionPolicy | undefined; fail?: Error } = { policy };
  const failing: RetentionStore = {
    read: store.retention.read,
    pass: (kind, before) => {
      if (holder.fail !== undefined) throw holder.fail;
      return store.retention.pass(kind, before);
    },
    forgetKeys: () => store.retention.forgetKeys(),
    shrink: async () => store.retention.shrink(),
  };
  const retention = new Retention({
    store: failing,
    clock,
    log: { write: (_level, message) => void logged.push(message) },
    audit: async (entry, now) => store.audit(entry, now),
    policy: () => holder.policy,
  });
  onTestFinished(() => retention.stop());
  const left = async (): Promise<readonly boolean[]> =>
    (await store.read.messages({})).map(({ emptiedAt }) => emptiedAt === undefined);
  return { clock, store, retention, holder, logged, left };
}

describe("retention by itself", () => {
  test("lets go of what is over a while after the start, and again each quarter of an hour", async () => {
    const { clock, retention, left, store } = await world({ payloads: 9 * day }, [10, 8, 1]);
    retention.start();
    await clock.advance(29_000, settle);
    expect(await left()).toEqual([true, true, true]);
    await clock.advance(2_000, settle);
    expect(await left()).toEqual([true, true, false]);
    await clock.advance(day + quarter, settle);
    expect(await left()).toEqual([true, false, false]);
    expect(await store.read.audits({})).toMatchObject([
      { actor: "retention", action: "purge", target: "payloads", detail: { emptied: 1 } },
      { actor: "retention", action: "purge", target: "payloads", detail: { emptied: 1 } },
    ]);
    expect(retention.state()).toMatchObject({ by: "retention", at: "over", done: { payloads: 0 } });
  });

  test("follows the workspace when that changes its mind, and does nothing where it says nothing", async () => {
    const { clock, retention, left, holder } = await world({}, [10]);
    retention.start();
    await clock.advance(day, settle);
    expect(await left()).toEqual([true]);
    holder.policy = { payloads: day };
    await clock.advance(quarter, settle);
    expect(await left()).toEqual([false]);
  });

  test("a store that cannot write is tried again with the next pass", async () => {
    const { clock, retention, left, holder, logged } = await world({ payloads: day }, [10]);
    holder.fail = new Error("database or disk is full");
    retention.start();
    await clock.advance(31_000, settle);
    expect(retention.state()).toMatchObject({ at: "over", why: "database or disk is full" });
    expect(logged).toContain("retention stopped early; it goes on with the next pass");
    delete holder.fail;
    await clock.advance(quarter, settle);
    expect(await left()).toEqual([false]);
  });

  test("stops at once, and goes on after the next start", async () => {
    const ages = Array.from({ length: 600 }, () => 10);
    const { clock, retention, store } = await world({ payloads: day }, ages);
    retention.start();
    await clock.advance(30_000, settle);
    await retention.stop();
    const emptied = (await store.read.messages({ limit: 1_000 })).filter(
      ({ emptiedAt }) => emptiedAt !== undefined,
    ).length;
    expect(emptied).toBeGreaterThan(0);
    expect(emptied).toBeLessThan(600);
  });
});

describe("a person's purge", () => {
  test("takes over from one that goes on by itself, and is alone of its kind", async () => {
    const ages = Array.from({ length: 600 }, () => 10);
    const { clock, retention, left } = await world({ payloads: 20 * day, history: 9 * day }, ages);
    retention.start();
    await clock.advance(30_000, settle);
    expect(retention.state()).toMatchObject({ by: "retention", at: "history" });
    retention.purge({ kind: "payloads", before: clock.now() - day }, "ada");
    expect(() => retention.purge({}, "bob")).toThrow(/a purge of ada is under way/);
    await clock.advance(60_000, settle);
    expect(retention.state()).toMatchObject({ by: "ada", at: "over", waiting: { payloads: 0 } });
    expect((await left()).every((isThere) => !isThere)).toBe(true);
  });

  test.each([
    [{}, undefined, "no `retention`"],
    [{ kind: "audit" }, { payloads: 1 }, "no `retention.audit`"],
    [{ before: 1_001 }, {}, "still to come"],
    [{ kind: "audit", before: 999 }, { audit: 10 }, "promises to keep the audit"],
  ] as const)("%j by %j is refused", (request, policy, words) => {
    expect(() => cutoffsOf(request, policy, 1_000)).toThrow(words);
  });

  test.each([
    [{}, { payloads: 1, history: 2, audit: 3 }, { payloads: 999, history: 998, audit: 997 }],
    [{ before: 7 }, { audit: 3 }, { payloads: 7, history: 7 }],
    [{ kind: "audit", before: 900 }, { audit: 3 }, { audit: 900 }],
  ] as const)("%j by %j is %j", (request, policy, cutoffs) => {
    expect(cutoffsOf(request, policy, 1_000)).toEqual(cutoffs);
  });
});
