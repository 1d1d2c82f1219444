import { describe, expect, test } from "vitest";
import type { RunStatus } from "../../engine/model/run.ts";
import { claimIds, Fixture, hour, only, start, statusOf } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function laneContract(use: UseStore): void {
  orderContract(use);
  holdBackContract(use);
  releaseContract(use);
  sequenceContract(use);
}

function orderContract(use: UseStore): void {
  describe("lanes", () => {
    test("runs of one key go one after the other, other keys beside them", async () => {
      const { store } = await use();
      const make = new Fixture();
      const [a1, a2, b1] = [
        await make.accept(store, { laneKey: "A" }),
        await make.accept(store, { laneKey: "A" }),
        await make.accept(store, { laneKey: "B" }),
      ];
      expect(await claimIds(store)).toEqual([a1, b1]);
      await store.commit(make.commit(a1, { status: "active" }), start);
      expect(await claimIds(store)).toEqual([]);
      const outcome = await store.commit(make.commit(b1), start);
      expect(outcome).toMatchObject({ committed: true, ready: false });
      const freed = await store.commit(
        make.commit(a1, {}, { event: { kind: "resume", by: "x" } }),
        start,
      );
      expect(freed).toMatchObject({ committed: true, ready: true });
      expect(await claimIds(store)).toEqual([a2]);
    });

    test.each<[RunStatus, boolean]>([
      ["done", true],
      ["stopped", true],
      ["failed", true],
      ["superseded", true],
      ["discarded", true],
      ["released", true],
      ["held", true],
      ["active", false],
      ["dead", false],
      ["invalid", false],
      ["in-doubt", false],
      ["stuck", false],
    ])("a run that is %s frees its lane: %s", async (status, frees) => {
      const { store } = await use();
      const make = new Fixture();
      const first = await make.accept(store);
      const second = await make.accept(store);
      await store.claim(1, start);
      const { ready } = await store.commit(make.commit(first, { status }), start);
      expect(ready).toBe(frees);
      expect(await claimIds(store)).toEqual(frees ? [second] : []);
    });

    test("a shared lane is one queue for all its flows", async () => {
      const { store } = await use();
      const make = new Fixture();
      const first = await make.accept(store, { flow: "orders", lane: "customer" });
      await make.accept(store, { flow: "credits", lane: "customer" });
      const other = await make.accept(store, { flow: "credits", lane: "credits" });
      expect(await claimIds(store)).toEqual([first, other]);
    });

    test("runs without a lane wait for nobody", async () => {
      const { store } = await use();
      const make = new Fixture();
      const ids = [
        await make.accept(store, { laneKey: null }),
        await make.accept(store, { laneKey: null }),
      ];
      expect(await claimIds(store)).toEqual(ids);
    });

    test("claims go by priority, then age, up to the limit, each run once", async () => {
      const { store } = await use();
      const make = new Fixture();
      const low = await make.accept(store, { laneKey: null, priority: 2 });
      const normal = await make.accept(store, { laneKey: null, priority: 1 });
      const high = await make.accept(store, { laneKey: null, priority: 0 });
      const first = await store.claim(2, start);
      expect(first.map(({ snapshot, claims }) => [snapshot.id, claims])).toEqual([
        [high, 1],
        [normal, 1],
      ]);
      expect(await claimIds(store)).toEqual([low]);
      expect(await claimIds(store)).toEqual([]);
    });

    test("what is excepted is not claimed, and hides nothing", async () => {
      const { store } = await use();
      const make = new Fixture();
      const order = await make.accept(store, { laneKey: "A" });
      const other = await make.accept(store, { laneKey: "B" });
      const credit = await make.accept(store, { flow: "credits", laneKey: "A" });
      const keys = [{ flow: "orders", laneKey: "A" }];
      const got = await store.claim(9, start, { flows: ["credits"], keys });
      expect(got.map(({ snapshot }) => snapshot.id)).toEqual([other]);
      expect(await claimIds(store)).toEqual([order, credit]);
    });

    test("nothing of a region begins while it is drained, and all else does", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.accept(store, { region: "eu", laneKey: "A" });
      await make.accept(store, { region: "us", laneKey: "B" });
      await make.accept(store, { laneKey: "C" });
      const claim = async (except = {}) =>
        (await store.claim(9, start, except)).map(({ snapshot: { laneKey } }) => laneKey);
      expect(await claim({ beginning: { regions: ["eu"] } })).toEqual(["B", "C"]);
      expect(await claim()).toEqual(["A"]);
    });
  });
}

function holdBackContract(use: UseStore): void {
  describe("held runs", () => {
    test("a held run is tested again after each commit in its lane, when the lane is free", async () => {
      const { store } = await use();
      const make = new Fixture();
      const refund = await make.accept(store);
      const payment = await make.accept(store);
      await store.claim(1, start);
      await store.commit(make.commit(refund, { status: "held" }), start);
      expect(await claimIds(store)).toEqual([payment]);
      await store.commit(make.commit(payment, { status: "active" }), start);
      expect(await claimIds(store)).toEqual([]);
      const event = { kind: "resume", by: "x" } as const;
      await store.commit(make.commit(payment, { status: "done" }, { event }), start);
      expect(await claimIds(store)).toEqual([refund]);
    });

    test("a held run does not go by what a parked one has half done", async () => {
      const { store } = await use();
      const make = new Fixture();
      const refund = await make.accept(store);
      const payment = await make.accept(store);
      expect(await claimIds(store)).toEqual([refund]);
      await store.commit(make.commit(refund, { status: "held" }), start);
      expect(await claimIds(store)).toEqual([payment]);
      await store.commit(make.commit(payment, { status: "dead" }), start);
      expect(await claimIds(store)).toEqual([]);
      await store.unpark(payment, { kind: "discard", by: "me", reason: "no" }, start);
      expect(await claimIds(store)).toEqual([refund]);
    });

    test("held runs do not test each other for ever", async () => {
      const { store } = await use();
      const make = new Fixture();
      const runs = [await make.accept(store), await make.accept(store), await make.accept(store)];
      const tested: string[] = [];
      for (;;) {
        const [next] = await claimIds(store);
        if (next === undefined) break;
        tested.push(next);
        expect(tested.length).toBeLessThan(10);
        await store.commit(make.commit(next, { status: "held" }), start);
      }
      expect(tested).toEqual(runs);
    });

    test("a held run whose time is over waits for the lane, and then goes first", async () => {
      const { store } = await use();
      const make = new Fixture();
      const within = { path: "", name: "within", due: start + 10 } as const;
      const deadline = { path: "", name: "deadline", due: start + 10 } as const;
      const held = await make.accept(store);
      const second = await make.accept(store);
      const third = await make.accept(store);
      await store.claim(1, start);
      const timers = [within, deadline];
      await store.commit(make.commit(held, { status: "held", timers }), start);
      expect(await claimIds(store)).toEqual([second]);
      expect(await store.dueTimers(start + 10, 9)).toEqual([{ runId: held, ...deadline }]);
      await store.commit(make.commit(second), start + 10);
      expect(await claimIds(store)).toEqual([]);
      expect(await store.dueTimers(start + 10, 9)).toEqual([{ runId: held, ...within }]);
      const event = { kind: "timer", path: "", name: "within" } as const;
      await store.commit(make.commit(held, {}, { event }), start + 10);
      expect(await claimIds(store)).toEqual([third]);
    });

    test("a held run goes before those that came after it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const held = await make.accept(store);
      const second = await make.accept(store);
      await make.accept(store);
      await store.claim(1, start);
      await store.commit(make.commit(held, { status: "held" }), start);
      await store.claim(1, start);
      await store.commit(make.commit(second), start);
      expect(await claimIds(store)).toEqual([held]);
    });
  });
}

function releaseContract(use: UseStore): void {
  describe("released runs", () => {
    const wait = { path: "steps.wait", name: "wait", due: start + 10 } as const;
    const event = { kind: "timer", path: wait.path, name: wait.name } as const;

    test("a released run returns at the head, before what is queued", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId: released } = await make.started(store, { status: "released", timers: [wait] });
      const second = await make.accept(store);
      const third = await make.accept(store);
      expect(await claimIds(store)).toEqual([second]);
      expect(await store.dueTimers(start + 10, 9)).toEqual([]);
      await store.commit(make.commit(second), start + 10);
      expect(await claimIds(store)).toEqual([]);
      expect(await store.dueTimers(start + 10, 9)).toEqual([{ runId: released, ...wait }]);
      expect(await statusOf(store, released)).toBe("active");
      await store.commit(make.commit(released, { status: "done" }, { event }), start + 10);
      expect(await claimIds(store)).toEqual([third]);
    });

    test("a run that was merely offered goes back into the queue", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "released", timers: [wait] });
      const second = await make.accept(store);
      expect(await statusOf(store, second)).toBe("ready");
      expect(await store.dueTimers(start + 10, 9)).toMatchObject([{ runId }]);
      expect(await statusOf(store, second)).toBe("queued");
      await store.commit(make.commit(runId, { status: "done" }, { event }), start + 10);
      expect(await claimIds(store)).toEqual([second]);
    });

    test("it waits for its lane, not for its time, once that is past", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "released", timers: [wait] });
      expect(await store.nextDue()).toBe(start + 10);
      await make.accept(store);
      await store.claim(9, start);
      expect(await store.nextDue()).toBeUndefined();
    });
  });
}

function sequenceContract(use: UseStore): void {
  describe("order by sequence", () => {
    const finish = async (
      store: Parameters<typeof claimIds>[0],
      make: Fixture,
    ): Promise<string> => {
      const runId = only(await claimIds(store));
      await store.commit(make.commit(runId), start);
      return runId;
    };

    test("latest: a newer state supersedes older ones that nobody has begun", async () => {
      const { store } = await use();
      const make = new Fixture();
      const latest = { order: "latest" } as const;
      const begun = await make.accept(store, latest, { sequence: 1 });
      await store.claim(1, start);
      const older = await make.accept(store, latest, { sequence: 2 });
      const newer = await make.accept(store, latest, { sequence: 4 });
      const late = await make.accept(store, latest, { sequence: 3 });
      expect(await statusOf(store, older)).toBe("superseded");
      expect(await statusOf(store, late)).toBe("superseded");
      await store.commit(make.commit(begun), start);
      expect(await finish(store, make)).toBe(newer);
      const stale = await make.accept(store, latest, { sequence: 2 });
      expect(await statusOf(store, stale)).toBe("superseded");
    });

    test("latest: an older state does not follow a newer one that has begun", async () => {
      const { store } = await use();
      const make = new Fixture();
      const latest = { order: "latest" } as const;
      await make.accept(store, latest, { sequence: 5 });
      await store.claim(1, start);
      const late = await make.accept(store, latest, { sequence: 4 });
      expect(await statusOf(store, late)).toBe("superseded");
    });

    test("every: an old sequence is run all the same", async () => {
      const { store } = await use();
      const make = new Fixture();
      const first = await make.accept(store, {}, { sequence: 5 });
      expect(await finish(store, make)).toBe(first);
      const second = await make.accept(store, {}, { sequence: 4 });
      expect(await finish(store, make)).toBe(second);
    });

    test("gapless: 3, 1, 2 are run as 1, 2, 3", async () => {
      const { store } = await use();
      const make = new Fixture();
      const gapless = { order: "gapless", gapUntil: start + hour } as const;
      const third = await make.accept(store, gapless, { sequence: 3 });
      expect(await claimIds(store)).toEqual([]);
      const first = await make.accept(store, gapless, { sequence: 1 });
      const second = await make.accept(store, gapless, { sequence: 2 });
      const order = [
        await finish(store, make),
        await finish(store, make),
        await finish(store, make),
      ];
      expect(order).toEqual([first, second, third]);
      const again = await make.accept(store, gapless, { sequence: 2 });
      expect(await statusOf(store, again)).toBe("superseded");
    });

    test("gapless: a gap that is not filled in its time is passed over", async () => {
      const { store } = await use();
      const make = new Fixture();
      const gapless = { order: "gapless", gapUntil: start + 10 } as const;
      const third = await make.accept(store, gapless, { sequence: 3 });
      expect(await store.nextDue()).toBe(start + 10);
      expect(await claimIds(store, start + 9)).toEqual([]);
      expect(await claimIds(store, start + 10)).toEqual([third]);
      expect(await store.nextDue()).toBeUndefined();
    });

    test("gapless: what comes once its gap is over, while the next is at work or parked, is superseded", async () => {
      for (const status of ["active", "dead"] as const) {
        const { store } = await use();
        const make = new Fixture();
        const gapless = { order: "gapless", gapUntil: start + 10 } as const;
        const third = await make.accept(store, gapless, { sequence: 3 });
        expect(await claimIds(store, start + 10)).toEqual([third]);
        await store.commit(make.commit(third, { status }), start + 10);
        const second = await make.accept(store, gapless, { sequence: 2 });
        expect((await store.read.run(second))?.status).toBe("superseded");
      }
    });
  });
}
