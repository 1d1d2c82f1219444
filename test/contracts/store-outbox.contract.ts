import { describe, expect, test } from "vitest";
import { answered, claimIds, Fixture, only, start, statusOf } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function outboxContract(use: UseStore): void {
  deliveryContract(use);
  staleContract(use);
  crashContract(use);
}

function deliveryContract(use: UseStore): void {
  describe("outbox", () => {
    test("a delivery is handed out whole, once it is due, and once only", async () => {
      const { store } = await use();
      const make = new Fixture();
      const delivery = make.delivery({ due: start + 5 });
      const { runId, commit } = await make.started(store, { deliveries: [delivery] });
      expect(await store.nextDue()).toBe(start + 5);
      expect(await store.dueDeliveries(start + 4, 9)).toEqual([]);
      const { message } = (await store.load(runId)) ?? {};
      expect(await store.dueDeliveries(start + 5, 9)).toEqual([
        {
          ...delivery,
          id: only(commit.deliveryIds),
          runId,
          flow: "orders",
          laneKey: "K1",
          generation: "g1",
          correlationId: message?.correlationId,
          traceparent: message?.traceparent,
          status: "pending",
          createdAt: start,
        },
      ]);
      expect(await store.dueDeliveries(start + 5, 9)).toEqual([]);
      expect(await store.nextDue()).toBeUndefined();
    });

    test("what its commit hands out is handed out to nobody else, and is in doubt after a crash", async () => {
      const { store } = await use();
      const make = new Fixture();
      const runId = await make.accept(store);
      await store.claim(9, start);
      const two = [make.delivery(), make.delivery({ path: "steps.order/second" })];
      const commit = make.commit(runId, { status: "active", deliveries: two });
      const [first = "", second = ""] = commit.deliveryIds;
      const committed = await store.commit({ ...commit, handOut: new Set([first]) }, start);
      expect(committed.nextDue).toBe(start);
      expect((await store.dueDeliveries(start, 9)).map(({ id }) => id)).toEqual([second]);
      await store.commit(
        make.commit(runId, { status: "active" }, { event: answered(second) }),
        start,
      );
      await store.recover(start);
      expect(await store.dueDeliveries(start, 9)).toMatchObject([{ id: first, crashed: true }]);
    });

    test("an outcome settles it and is kept with the run", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId, commit } = await make.started(store, { deliveries: [make.delivery()] });
      const deliveryId = only(commit.deliveryIds);
      await store.dueDeliveries(start, 9);
      const event = answered(deliveryId);
      const end = make.commit(
        runId,
        { results: { "steps.order": { id: 7 } } },
        { event, deliveryId },
      );
      expect(await store.commit(end, start + 1)).toMatchObject({ committed: true });
      const run = await store.read.run(runId);
      expect(run).toMatchObject({
        status: "done",
        endedAt: start + 1,
        results: { "steps.order": { id: 7 } },
      });
      expect(run?.deliveries).toMatchObject([
        {
          id: deliveryId,
          status: "settled",
          attempts: [{ outcome: "response", status: 200, ms: 12.5 }],
        },
      ]);
    });

    test("a resend is the same request again, later, with its attempts counted", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId, commit } = await make.started(store, { deliveries: [make.delivery()] });
      const deliveryId = only(commit.deliveryIds);
      await store.dueDeliveries(start, 9);
      const resends = [{ deliveryId, due: start + 100, attempt: 1 }];
      const retry = make.commit(
        runId,
        { status: "active", resends },
        { event: answered(deliveryId), deliveryId },
      );
      expect(await store.commit(retry, start)).toMatchObject({ nextDue: start + 100 });
      expect(await store.dueDeliveries(start + 99, 9)).toEqual([]);
      const again = only(await store.dueDeliveries(start + 100, 9));
      expect(again).toMatchObject({
        id: deliveryId,
        attempt: 1,
        due: start + 100,
        request: make.delivery().request,
      });
    });

    test("oldest first across adapters, and one adapter's backlog hides no other's", async () => {
      const { store } = await use();
      const make = new Fixture();
      const deliveries = [1, 2, 3, 4].map((due) =>
        make.delivery({ adapter: "tryton", due: start + due }),
      );
      deliveries.push(make.delivery({ adapter: "stripe", system: "billing", due: start + 2 }));
      const { commit } = await make.started(store, { deliveries });
      const ids = commit.deliveryIds;
      const take = async (limit: number, except = {}): Promise<readonly string[]> =>
        (await store.dueDeliveries(start + 9, limit, except)).map(({ id }) => id);
      expect(await take(1)).toEqual([ids[0]]);
      expect(await take(2, { full: [{ adapter: "tryton", from: 0 }] })).toEqual([ids[4]]);
      expect(await take(9, { systems: ["erp"] })).toEqual([]);
      expect(await take(9, { flows: ["orders"] })).toEqual([]);
      expect(await take(9, { keys: [{ flow: "orders", laneKey: "K1" }] })).toEqual([]);
      expect(await store.nextDue(start + 2)).toBe(start + 3);
      expect(await take(9, { flows: ["credits"] })).toEqual([ids[1], ids[2], ids[3]]);
    });

    test("high priority is handed out first, and a full queue keeps out what is not more urgent", async () => {
      const { store } = await use();
      const make = new Fixture();
      const ids: string[] = [];
      for (const priority of [2, 1, 0]) {
        const { commit } = await make.started(
          store,
          { deliveries: [make.delivery()] },
          { priority, laneKey: `K${priority}` },
        );
        ids.push(...commit.deliveryIds);
      }
      const take = async (limit: number, except = {}): Promise<readonly string[]> =>
        (await store.dueDeliveries(start, limit, except)).map(({ id }) => id);
      expect(await take(9, { full: [{ adapter: "tryton", from: 0 }] })).toEqual([]);
      expect(await take(9, { full: [{ adapter: "tryton", from: 1 }] })).toEqual([ids[2]]);
      expect(await take(1)).toEqual([ids[1]]);
      expect(await take(9)).toEqual([ids[0]]);
    });

    test("regions and keys are left out, and what waits is counted", async () => {
      const { store } = await use();
      const make = new Fixture();
      const deliveries = [make.delivery()];
      await make.started(store, { deliveries }, { region: "eu", laneKey: "A" });
      await make.started(store, { deliveries }, { region: "us", laneKey: "B" });
      await make.accept(store, { laneKey: "B" });
      const take = async (except = {}) =>
        (await store.dueDeliveries(start, 9, except)).map(({ laneKey }) => laneKey);
      const { read } = store;
      expect(await read.waiting()).toEqual({
        deliveries: [{ adapter: "tryton", count: 2 }],
        runs: [{ flow: "orders", count: 1 }],
      });
      expect(await take({ regions: ["eu"], keys: [{ flow: "orders", laneKey: "B" }] })).toEqual([]);
      expect(await take({ adapters: ["tryton"] })).toEqual([]);
      expect(await take({ regions: ["eu"] })).toEqual(["B"]);
      expect(await take({ regions: ["us"] })).toEqual(["A"]);
      expect(await read.begun({ flows: ["orders"] })).toMatchObject({ count: 2 });
      expect((await read.begun({ regions: ["us"] })).oldest).toMatchObject([{ laneKey: "B" }]);
      expect(await read.begun({ keys: [{ flow: "orders", laneKey: "C" }] })).toEqual({
        count: 0,
        oldest: [],
      });
    });

    test("cancelling by path takes whole segments, and never a name's beginning", async () => {
      const { store } = await use();
      const make = new Fixture();
      const paths = [
        "steps.order/create",
        "steps.orders/create",
        "steps.order[1].post/create",
        "steps.order.catch.x/create",
      ];
      const deliveries = paths.map((path) => make.delivery({ path, due: start + 1 }));
      const { runId } = await make.started(store, { deliveries });
      const event = { kind: "resume", by: "x" } as const;
      const decision = { status: "active", cancelDeliveries: ["steps.order"] } as const;
      await store.commit(make.commit(runId, decision, { event }), start);
      expect((await store.dueDeliveries(start + 1, 9)).map(({ path }) => path)).toEqual([paths[1]]);
    });

    test("the outcome of a cancelled delivery that was on its way is still taken", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId, commit } = await make.started(store, { deliveries: [make.delivery()] });
      const deliveryId = only(commit.deliveryIds);
      await store.dueDeliveries(start, 9);
      const cancel = { status: "active", cancelDeliveries: ["steps.order"] } as const;
      await store.commit(make.commit(runId, cancel, { event: { kind: "resume", by: "x" } }), start);
      const outcome = make.commit(
        runId,
        { status: "active" },
        { event: answered(deliveryId), deliveryId },
      );
      expect(await store.commit(outcome, start)).toMatchObject({ committed: true });
    });
  });
}

function staleContract(use: UseStore): void {
  describe("stale commits", () => {
    const written = {
      results: { "steps.late": 1 },
      history: [{ path: "steps.late", what: "done" }],
    };
    const stale = { committed: false, ready: false, signals: false };

    test("a run that ended takes nothing more", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "done" });
      expect(await store.commit(make.commit(runId, written), start)).toEqual(stale);
      expect(await store.read.run(runId)).toMatchObject({ results: {}, history: [] });
    });

    test("a delivery is settled once, and a timer and a signal fire once", async () => {
      const { store } = await use();
      const make = new Fixture();
      const timer = { path: "steps.a", name: "retry", due: start } as const;
      const { runId, commit } = await make.started(store, {
        deliveries: [make.delivery()],
        timers: [timer],
      });
      const deliveryId = only(commit.deliveryIds);
      const causes = [
        { event: answered(deliveryId), deliveryId },
        { event: { kind: "timer", path: timer.path, name: timer.name } as const },
      ];
      for (const cause of causes) {
        const first = make.commit(runId, { status: "active" }, cause);
        const second = make.commit(runId, { status: "active", ...written }, cause);
        expect((await store.commit(first, start)).committed).toBe(true);
        expect(await store.commit(second, start)).toEqual(stale);
      }
      const gone = { event: { kind: "resume", by: "x" } as const, signalId: "999" };
      expect(await store.commit(make.commit(runId, written, gone), start)).toEqual(stale);
      expect(await store.read.run(runId)).toMatchObject({ results: {}, history: [] });
    });

    test("a run that is not ready does not start", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.accept(store);
      const queued = await make.accept(store);
      expect(await store.commit(make.commit(queued), start)).toEqual(stale);
      expect(await store.commit(make.commit(make.id()), start)).toEqual(stale);
    });
  });
}

function crashContract(use: UseStore): void {
  describe("recovery", () => {
    test("claims are forgotten and counted", async () => {
      const { store, restart } = await use();
      const make = new Fixture();
      const runId = await make.accept(store);
      await store.claim(1, start);
      const again = await restart();
      expect(await claimIds(again)).toEqual([]);
      expect(await again.recover(start)).toEqual({ runs: 1, deliveries: 0 });
      const claimed = only(await again.claim(1, start));
      expect(claimed).toMatchObject({ claims: 2, snapshot: { id: runId } });
    });

    test("what was handed out comes again as crashed; what was not, as it was", async () => {
      const { store, restart } = await use();
      const make = new Fixture();
      const deliveries = [
        make.delivery({ path: "steps.taken/x" }),
        make.delivery({ path: "steps.marked/x", markSent: true }),
        make.delivery({ path: "steps.unmarked/x", markSent: true }),
        make.delivery({ path: "steps.waiting/x", due: start + 5 }),
      ];
      await make.started(store, { deliveries });
      const taken = await store.dueDeliveries(start, 9);
      const marked = taken.filter(({ path }) => path === "steps.marked/x");
      for (const delivery of marked) await store.markSent(delivery, start);
      const again = await restart();
      expect(await again.recover(start)).toEqual({ runs: 1, deliveries: 3 });
      const found = await again.dueDeliveries(start + 5, 9);
      expect(found.map(({ path, crashed, status }) => [path, crashed ?? false, status])).toEqual([
        ["steps.taken/x", true, "pending"],
        ["steps.marked/x", true, "sent"],
        ["steps.unmarked/x", false, "pending"],
        ["steps.waiting/x", false, "pending"],
      ]);
    });

    test("timers and signals that were taken are there again", async () => {
      const { store, restart } = await use();
      const make = new Fixture();
      const timer = { path: "steps.a", name: "wait", due: start } as const;
      const until = start + 9;
      const listen = { path: "steps.b", event: "paid", correlate: {}, until, consume: false };
      const { runId } = await make.started(store, { timers: [timer], listens: [listen] });
      await store.accept(make.intake({ message: make.message({ type: "paid" }) }), start);
      expect(await store.dueTimers(start, 9)).toHaveLength(1);
      expect(await store.takeSignals(9)).toHaveLength(1);
      const again = await restart();
      await again.recover(start);
      expect(await again.dueTimers(start, 9)).toEqual([{ runId, ...timer }]);
      expect(await again.takeSignals(9)).toMatchObject([{ runId, event: { kind: "matched" } }]);
    });

    test("recovering twice, or with nothing to recover, changes nothing", async () => {
      const { store, restart } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "done" });
      const again = await restart();
      expect(await again.recover(start)).toEqual({ runs: 0, deliveries: 0 });
      expect(await again.recover(start)).toEqual({ runs: 0, deliveries: 0 });
      expect(await statusOf(again, runId)).toBe("done");
    });
  });
}
