import { describe, expect, test } from "vitest";
import type { NewTask } from "../../engine/model/decision.ts";
import { factKey } from "../../engine/model/expression.ts";
import type { Json } from "../../engine/model/json.ts";
import type { Store } from "../../engine/ports/store.ts";
import { claimIds, Fixture, only, start, statusOf } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

const answer200 = { status: 200, headers: {}, body: { id: 1 } };

export function peopleContract(use: UseStore): void {
  const task: NewTask = {
    path: "steps.approve",
    team: "finance",
    title: "Large order",
    choices: ["approve", "reject"],
    show: { total: "50000" },
    due: start + 10,
  };

  describe("tasks", () => {
    test("an answer reaches the run once, with its author on record", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId, commit } = await make.started(store, { tasks: [task] });
      const taskId = only(commit.taskIds);
      const { path, ...shown } = task;
      expect(await store.read.tasks({ status: "open" })).toEqual([
        { id: taskId, runId, flow: "orders", path, ...shown, openedAt: start },
      ]);
      const answer = { choice: "approve", by: "ada", comment: "fine", data: { limit: 1 } };
      expect(await store.choose(taskId, answer, start + 5)).toBe(true);
      expect(await store.choose(taskId, { choice: "reject", by: "bob" }, start + 6)).toBe(false);
      expect(await store.takeSignals(9)).toMatchObject([
        { runId, event: { kind: "chosen", path: task.path, ...answer } },
      ]);
      expect(await store.read.tasks({ status: "open" })).toEqual([]);
      expect(only(await store.read.tasks({}))).toMatchObject({
        answer: { choice: "approve", by: "ada", at: start + 5 },
      });
      expect(await store.read.audits({})).toMatchObject([
        { actor: "ada", action: "task.choose", target: taskId, at: start + 5 },
      ]);
    });

    test("of a choice among several, what was picked is kept", async () => {
      const { store } = await use();
      const make = new Fixture();
      const among = { approve: ["net", "gross"] };
      const { runId, commit } = await make.started(store, { tasks: [{ ...task, among }] });
      const taskId = only(commit.taskIds);
      expect(only(await store.read.tasks({}))).toMatchObject({ among });
      const answer = { choice: "approve", pick: "net", by: "ada" };
      expect(await store.choose(taskId, answer, start + 5)).toBe(true);
      expect(await store.takeSignals(9)).toMatchObject([{ runId, event: answer }]);
      expect(only(await store.read.tasks({}))).toMatchObject({ answer });
      expect(await store.read.audits({})).toMatchObject([
        { detail: { choice: "approve", pick: "net" } },
      ]);
    });

    test("a task that was closed, or never was, takes no answer", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId, commit } = await make.started(store, { tasks: [task] });
      const close = { status: "active", closes: [task.path] } as const;
      await store.commit(make.commit(runId, close, { event: { kind: "resume", by: "x" } }), start);
      const answer = { choice: "approve", by: "ada" };
      for (const id of [only(commit.taskIds), make.id(), "none"]) {
        expect(await store.choose(id, answer, start)).toBe(false);
      }
      expect(await store.takeSignals(9)).toEqual([]);
    });
  });

  describe("parked runs", () => {
    test("resume queues an event, on the generation and data that are given", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "dead" });
      const behind = await make.accept(store);
      const answer = { kind: "resume", by: "ada", generation: "g2", data: { total: "9" } } as const;
      expect(await store.unpark(runId, answer, start)).toBe(true);
      expect(await store.unpark(runId, answer, start)).toBe(false);
      const signal = only(await store.takeSignals(9));
      expect(signal).toMatchObject({ runId, event: { kind: "resume", by: "ada" } });
      const snapshot = await store.load(runId);
      expect(snapshot).toMatchObject({ generation: "g2", message: { data: { total: "9" } } });
      const messageId = snapshot?.message.id ?? "";
      expect((await store.read.message(messageId))?.message.data).toEqual({ total: "12.50" });
      expect(await claimIds(store)).toEqual([]);
      const { event, id: signalId } = signal;
      await store.commit(make.commit(runId, {}, { event, signalId }), start);
      expect(await claimIds(store)).toEqual([behind]);
      expect(await store.read.audits({})).toMatchObject([{ action: "run.resume", target: runId }]);
    });

    test("a doubt that a person settles is told to the run, and audited without what was said", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store, { status: "in-doubt" });
      const word = { path: "steps.order", output: { number: "7" }, reason: "it is there" };
      const answer = { kind: "settle", by: "ada", ...word } as const;
      expect(await store.unpark(runId, answer, start)).toBe(true);
      expect(await store.unpark(runId, answer, start)).toBe(false);
      const { id: signalId, event } = only(await store.takeSignals(9));
      expect(event).toEqual({ kind: "resume", by: "ada", settled: word });
      const effect = { key: "e-7", path: "steps.order/request", bodyHash: "h" };
      const output = { ...effect, outcome: { output: word.output } };
      await store.commit(make.commit(runId, { effects: [output] }, { event, signalId }), start);
      const ask = { kind: "effect", key: "e-7" } as const;
      expect((await store.facts([ask], start)).get(factKey(ask))).toMatchObject({
        bodyHash: "h",
        outcome: { output: { number: "7" } },
      });
      const { path, reason } = word;
      expect(await store.read.audits({})).toMatchObject([
        { actor: "ada", action: "run.settle", target: runId, detail: { path, reason } },
      ]);
    });

    test("a run that never began starts anew, in its place in the lane", async () => {
      const { store } = await use();
      const make = new Fixture();
      const first = await make.accept(store);
      const parked = await make.accept(store, { invalid: { code: "x", message: "x" } });
      const third = await make.accept(store);
      await store.claim(9, start);
      expect(await store.unpark(parked, { kind: "resume", by: "ada" }, start)).toBe(true);
      expect(await statusOf(store, parked)).toBe("queued");
      await store.commit(make.commit(first), start);
      expect(await claimIds(store)).toEqual([parked]);
      await store.commit(make.commit(parked), start);
      expect(await claimIds(store)).toEqual([third]);
    });

    test("discard ends the run, frees its lane and tells its parent", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId: parentId } = await make.started(
        store,
        {},
        { flow: "parents", lane: "parents" },
      );
      const parent = { runId: parentId, path: "steps.child" };
      const { runId } = await make.started(store, { status: "stuck" }, { parent });
      const behind = await make.accept(store);
      const answer = { kind: "discard", by: "ada", reason: "test data" } as const;
      expect(await store.unpark(runId, answer, start)).toBe(true);
      expect(await statusOf(store, runId)).toBe("discarded");
      expect(await claimIds(store)).toEqual([behind]);
      expect(only(await store.takeSignals(9))).toMatchObject({
        runId: parentId,
        event: { kind: "child-ended", result: { failure: { code: "discarded" } } },
      });
    });

    describe("discarded with something unanswered", () => {
      const ask = { kind: "effect", key: "effect-1" } as const;
      const discard = { kind: "discard", by: "ada", reason: "to be done anew" } as const;
      const entry = async (store: Store): Promise<Json> =>
        (await store.facts([ask], start + 9)).get(factKey(ask)) ?? null;
      const left = async (store: Store, runId: string) =>
        (await store.read.run(runId))?.history.filter(({ what }) => what === "left-in-doubt");

      test("leave it in doubt in the ledger, by whom and since when", async () => {
        const { store } = await use();
        const make = new Fixture();
        const { runId } = await make.started(store, {
          status: "invalid",
          deliveries: [make.delivery()],
        });
        await store.dueDeliveries(start, 9);
        await store.unpark(runId, discard, start + 5);
        expect(await entry(store)).toMatchObject({ at: start, runId, outcome: { doubt: true } });
        expect(await left(store, runId)).toMatchObject([
          { path: "steps.order/create", detail: { operation: "erp.createOrder", key: "effect-1" } },
        ]);
        expect((await store.read.run(runId))?.deliveries).toMatchObject([{ stage: "in-doubt" }]);
      });

      test("leave nothing of what was never handed out, or certainly did not leave", async () => {
        const { store } = await use();
        const make = new Fixture();
        const { runId } = await make.started(store, {
          status: "invalid",
          deliveries: [make.delivery()],
        });
        await store.unpark(runId, discard, start + 5);
        expect(await entry(store)).toBeNull();
        expect(await left(store, runId)).toEqual([]);
      });

      test.each([
        [
          "an answer that nobody could read",
          { kind: "response", response: answer200, ms: 1 },
          true,
        ],
        ["what the partner cannot have seen", { kind: "not-sent", reason: "no", ms: 1 }, false],
      ] as const)("tell %s from the other", async (_, outcome, isLeft) => {
        const { store } = await use();
        const make = new Fixture();
        const deliveries = [make.delivery()];
        const { runId, commit } = await make.started(store, { deliveries });
        await store.dueDeliveries(start, 9);
        const deliveryId = only(commit.deliveryIds);
        const path = "steps.order/create";
        const event = { kind: "outcome", deliveryId, path, outcome, crashed: false } as const;
        await store.commit(make.commit(runId, { status: "invalid" }, { event, deliveryId }), start);
        await store.unpark(runId, discard, start + 5);
        expect((await entry(store)) !== null).toBe(isLeft);
      });
    });

    test("only a parked run can be unparked", async () => {
      const { store } = await use();
      const make = new Fixture();
      const { runId } = await make.started(store);
      const discard = { kind: "discard", by: "ada", reason: "x" } as const;
      for (const id of [runId, make.id(), "none"]) {
        expect(await store.unpark(id, discard, start)).toBe(false);
      }
      expect(await store.read.audits({})).toEqual([]);
    });
  });

  describe("audit", () => {
    test("entries are numbered, newest first, page by page, and chained", async () => {
      const { store } = await use();
      for (const target of ["a", "b", "c"]) {
        await store.audit({ actor: "ada", action: "edit", target, detail: { n: 1 } }, start);
      }
      expect(
        (await store.read.audits({ limit: 2 })).map(({ number, target }) => [number, target]),
      ).toEqual([
        [3, "c"],
        [2, "b"],
      ]);
      expect(await store.read.audits({ before: 2 })).toEqual([
        { number: 1, at: start, actor: "ada", action: "edit", target: "a", detail: { n: 1 } },
      ]);
      expect((await store.read.auditChain()).brokenAt).toBeUndefined();
    });
  });
}
