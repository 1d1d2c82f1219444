import { describe, expect, test } from "vitest";
import type { Decision, NewListen } from "../../engine/model/decision.ts";
import type { Store } from "../../engine/ports/store.ts";
import { answered, claimIds, Fixture, hour, only, start, statusOf } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function waitContract(use: UseStore): void {
  timerContract(use);
  listenContract(use);
  childContract(use);
}

function timerContract(use: UseStore): void {
  describe("timers", () => {
    test("a timer is taken when it is due, set anew, or cancelled", async () => {
      const { store } = await use();
      const make = new Fixture();
      const retry = { path: "steps.a", name: "retry", due: start + 5 } as const;
      const timeout = { path: "steps.a", name: "timeout", due: start + 9 } as const;
      const { runId } = await make.started(store, { timers: [retry, timeout] });
      expect(await store.nextDue()).toBe(start + 5);
      expect(await store.nextDue(start + 5)).toBe(start + 9);
      expect(await store.dueTimers(start + 4, 9)).toEqual([]);
      expect(await store.dueTimers(start + 5, 9)).toEqual([{ runId, ...retry }]);
      expect(await store.dueTimers(start + 5, 9)).toEqual([]);
      const later = { ...retry, due: start + 20 };
      const event = { kind: "timer", path: retry.path, name: retry.name } as const;
      const next = { status: "active", timers: [later], cancelTimers: [timeout] } as const;
      expect(await store.commit(make.commit(runId, next, { event }), start + 5)).toMatchObject({
        committed: true,
        nextDue: start + 20,
      });
      expect(await store.dueTimers(start + 19, 9)).toEqual([]);
      expect(await store.dueTimers(start + 20, 9)).toEqual([{ runId, ...later }]);
    });

    test("a run that ends leaves nothing open", async () => {
      const { store } = await use();
      const make = new Fixture();
      const until = start + 9;
      await make.started(store, {
        status: "done",
        timers: [{ path: "steps.a", name: "wait", due: start }],
        deliveries: [make.delivery()],
        listens: [{ path: "steps.b", event: "paid", correlate: {}, until, consume: false }],
        tasks: [{ path: "steps.c", team: "t", title: "?", choices: ["a"], show: null, due: start }],
      });
      expect(await store.nextDue()).toBeUndefined();
      expect(await store.dueTimers(start, 9)).toEqual([]);
      expect(await store.dueDeliveries(start, 9)).toEqual([]);
      expect(await store.read.tasks({ status: "open" })).toEqual([]);
      const paid = await store.accept(
        make.intake({ message: make.message({ type: "paid" }) }),
        start,
      );
      expect(paid.matched).toBe(0);
    });
  });
}

function listenContract(use: UseStore): void {
  const listen = (given: Partial<NewListen> = {}): NewListen => ({
    path: "steps.paid",
    event: "invoice.paid",
    correlate: { orderId: "7" },
    until: start + hour,
    consume: false,
    ...given,
  });
  const send = async (
    store: Store,
    make: Fixture,
    correlate: Readonly<Record<string, string>>,
    now = start,
  ): Promise<{ readonly id: string; readonly matched: number }> => {
    const message = make.message({ type: "invoice.paid", data: { correlate } });
    const intake = make.intake({ message, correlate, keepUntil: now + hour });
    return { id: message.id, matched: (await store.accept(intake, now)).matched };
  };

  describe("listening", () => {
    test("an event reaches the run whose fields it equals, whole and once", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { listens: [listen()] });
      expect((await send(store, make, { orderId: "8", customerId: "7" })).matched).toBe(0);
      const { id, matched } = await send(store, make, { orderId: "7", customerId: "c" });
      expect(matched).toBe(1);
      const signal = only(await store.takeSignals(9));
      const stored = await store.read.message(id);
      expect(signal).toMatchObject({
        runId,
        event: { kind: "matched", path: "steps.paid", message: stored?.message },
      });
      expect(await store.takeSignals(9)).toEqual([]);
      const { event, id: signalId } = signal;
      const end = make.commit(runId, { closes: ["steps.paid"] }, { event, signalId });
      expect((await store.commit(end, start)).committed).toBe(true);
    });

    test.each([
      ["all its fields", { orderId: "7", customerId: "c" }],
      ["one of its fields", { customerId: "c" }],
      ["none of its fields", {}],
    ])("an early event is found by %s", async (_, correlate) => {
      const { store } = await use();
      const make = new Fixture();
      const { id } = await send(store, make, { orderId: "7", customerId: "c" });
      await send(store, make, { orderId: "7", customerId: "other" });
      const wanted = listen({ correlate });
      const runId = await make.accept(store);
      await store.claim(1, start);
      const committed = await store.commit(
        make.commit(runId, { status: "active", listens: [wanted] }),
        start,
      );
      expect(committed.signals).toBe(true);
      const signals = await store.takeSignals(9);
      expect(signals).toHaveLength("customerId" in correlate ? 1 : 2);
      expect(signals[0]).toMatchObject({ runId, event: { message: { id } } });
    });

    test("an early event is kept for its time only", async () => {
      const { store } = await use();
      const make = new Fixture();
      await send(store, make, { orderId: "7" });
      const runId = await make.accept(store);
      await store.claim(1, start);
      const commit = make.commit(runId, { status: "active", listens: [listen()] });
      expect(await store.commit(commit, start + hour)).toMatchObject({ signals: false });
    });

    test("an event is for every listener, unless it is consumed", async () => {
      const { store } = await use();
      const make = new Fixture();
      const runs: string[] = [];
      for (const consume of [false, true, true]) {
        const made = await make.started(
          store,
          { listens: [listen({ consume })] },
          { laneKey: null },
        );
        runs.push(made.runId);
      }
      expect((await send(store, make, { orderId: "7" })).matched).toBe(2);
      const told = await store.takeSignals(9);
      expect(told.map(({ runId }) => runId)).toEqual(runs.slice(0, 2));
      await make.started(store, { listens: [listen({ consume: false })] }, { laneKey: null });
      expect(await store.takeSignals(9)).toEqual([]);
    });

    test("a closed or outdated listen hears nothing, nor what was queued for it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, {
        listens: [listen(), listen({ path: "steps.short", until: start + 1 })],
      });
      expect((await send(store, make, { orderId: "7" }, start + 1)).matched).toBe(1);
      const close: Partial<Decision> = { status: "active", closes: ["steps.paid"] };
      const event = { kind: "resume", by: "x" } as const;
      await store.commit(make.commit(runId, close, { event }), start + 1);
      expect(await store.takeSignals(9)).toEqual([]);
      expect((await send(store, make, { orderId: "7" }, start + 1)).matched).toBe(0);
    });
  });
}

function childContract(use: UseStore): void {
  describe("children and emitted events", () => {
    test("a parent hears of its child's end, once", async () => {
      const { store } = await use();
      const make = new Fixture();
      const parentId = await make.accept(store);
      await store.claim(1, start);
      const parent = { runId: parentId, path: "steps.customer" };
      const child = make.run({ flow: "customers", lane: "customers", parent });
      const intakes = [make.intake({ runs: [child] })];
      const begun = await store.commit(
        make.commit(parentId, { status: "active" }, { intakes }),
        start,
      );
      expect(begun).toMatchObject({ committed: true, ready: true });
      expect(only(await store.claim(9, start)).snapshot).toMatchObject({ id: child.id, parent });
      const end = { output: { id: "C-1" } };
      const ended = await store.commit(make.commit(child.id, { end }), start);
      expect(ended.signals).toBe(true);
      expect(await store.takeSignals(9)).toMatchObject([
        {
          runId: parentId,
          event: { kind: "child-ended", path: parent.path, childRunId: child.id, result: end },
        },
      ]);
      expect((await store.read.run(child.id))?.parentRunId).toBe(parentId);
    });

    test("a child that had ended is opened to undo its steps, in its lane, and tells its parent", async () => {
      const { store } = await use();
      const make = new Fixture();
      const lane = { flow: "customers", lane: "customers" };
      const { runId: parentId } = await make.started(store);
      const path = "undo.steps.customer";
      const parent = { runId: parentId, path: "steps.customer" };
      const end = { output: 1 };
      const { runId: childId } = await make.started(
        store,
        { status: "done", end },
        { ...lane, parent },
      );
      await store.takeSignals(9);
      const other = await make.accept(store, lane);
      await store.claim(9, start);
      const queued = await make.accept(store, lane);
      const asked = await store.commit(
        make.commit(
          parentId,
          { status: "active", compensations: [{ childRunId: childId, path }] },
          { event: { kind: "resume", by: "x" } },
        ),
        start,
      );
      expect(asked.signals).toBe(true);
      expect(await store.takeSignals(9)).toEqual([]);
      expect((await store.commit(make.commit(other), start)).signals).toBe(true);
      expect(await claimIds(store)).toEqual([]);
      const signal = only(await store.takeSignals(9));
      expect(signal).toMatchObject({ runId: childId, event: { kind: "compensate", path } });
      const { event, id: signalId } = signal;
      const undone = make.commit(
        childId,
        { end: { output: null }, endPath: path },
        { event, signalId },
      );
      expect(await store.commit(undone, start)).toMatchObject({ committed: true, signals: true });
      expect(await store.takeSignals(9)).toMatchObject([
        { runId: parentId, event: { kind: "child-ended", path, childRunId: childId } },
      ]);
      expect(await claimIds(store)).toEqual([queued]);
      expect((await store.read.counts())["done"]).toBe(2);
    });

    test("a parent that asks for what was done before is told at once", async () => {
      const { store } = await use();
      const make = new Fixture();
      const identity = "customer-1";
      const { runId: done } = await make.started(
        store,
        { status: "failed", end: { failure: { class: "business", code: "no", message: "no" } } },
        { flow: "customers", lane: "customers", identity },
      );
      const { runId } = await make.started(store);
      const parent = { runId, path: "steps.customer" };
      const child = make.run({ flow: "customers", lane: "customers", identity, parent });
      const given = {
        intakes: [make.intake({ runs: [child] })],
        event: { kind: "resume", by: "x" } as const,
      };
      const asked = await store.commit(make.commit(runId, { status: "active" }, given), start);
      expect(asked).toMatchObject({ ready: false, signals: true });
      expect(only(await store.takeSignals(9)).event).toMatchObject({
        kind: "child-ended",
        childRunId: done,
        result: { failure: { code: "no" } },
      });
    });

    test("a duplicate of a child's message joins the run that is under way", async () => {
      const { store } = await use();
      const make = new Fixture();
      const message = { dedupeKey: "child-1" };
      const child = await make.accept(store, { flow: "customers", lane: "customers" }, message);
      const { runId } = await make.started(store);
      const run = make.run({ flow: "customers", parent: { runId, path: "steps.customer" } });
      const intakes = [make.intake({ message: make.message(message), runs: [run] })];
      const given = { intakes, event: { kind: "resume", by: "x" } as const };
      await store.commit(make.commit(runId, { status: "active" }, given), start);
      await store.claim(9, start);
      await store.commit(make.commit(child, { end: { output: 1 } }), start);
      expect(await store.takeSignals(9)).toMatchObject([{ runId, event: { childRunId: child } }]);
    });

    test("an emitted event is a message with its runs, and only once by its key", async () => {
      const { store } = await use();
      const make = new Fixture();
      const emit = (): { readonly intakes: ReturnType<Fixture["intake"]>[] } => {
        const message = make.message({
          source: "orders",
          dedupeKey: "effect-9",
          type: "order.confirmed",
        });
        return {
          intakes: [make.intake({ message, runs: [make.run({ flow: "mail", lane: "mail" })] })],
        };
      };
      const first = await make.accept(store, { laneKey: null });
      const second = await make.accept(store, { laneKey: null });
      await store.claim(9, start);
      expect((await store.commit(make.commit(first, {}, emit()), start)).ready).toBe(true);
      expect((await store.commit(make.commit(second, {}, emit()), start)).ready).toBe(false);
      expect(await store.read.runs({ flow: "mail" })).toHaveLength(1);
    });

    test("what a stale commit would have emitted is not there", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "done" });
      const intakes = [make.intake({ runs: [make.run({ flow: "mail" })] })];
      const deliveryId = make.id();
      await store.commit(
        make.commit(runId, {}, { intakes, event: answered(deliveryId), deliveryId }),
        start,
      );
      expect(await store.read.runs({ flow: "mail" })).toEqual([]);
      expect(await statusOf(store, runId)).toBe("done");
    });
  });
}
