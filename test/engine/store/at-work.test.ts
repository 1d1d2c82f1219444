import { expect, onTestFinished, test } from "vitest";
import type { Decision } from "../../../engine/model/decision.ts";
import type { NewRun } from "../../../engine/ports/store.ts";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import {
  answered,
  claimIds,
  emptyState,
  Fixture,
  hour,
  start,
  statusOf,
} from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

function setup() {
  const store = new SqliteStore(connect(":memory:"));
  onTestFinished(() => store.close());
  const make = new Fixture();
  /** Takes a message whose run begins with it, as the engine does where it may. */
  const begin = async (decision: Partial<Decision>, given: Partial<NewRun> = {}) => {
    const message = make.message();
    const run = make.run(given);
    const commit = make.commit(run.id, { status: "active", ...decision });
    const { flow, generation, identity, laneKey, ancestors } = run;
    const snapshot = {
      id: run.id,
      flow,
      generation,
      message,
      identity,
      laneKey,
      ancestors,
      state: emptyState,
      results: {},
      laneState: {},
    };
    const runs = [{ ...run, begin: { snapshot, commit } }];
    const accepted = await store.accept(make.intake({ message, runs }), start);
    expect(accepted.runs[0]?.begun?.committed).toBe(true);
    return { runId: run.id, deliveryIds: commit.deliveryIds };
  };
  const answer = (runId: string, deliveryId = "", decision: Partial<Decision> = {}) =>
    store.commit(make.commit(runId, decision, { event: answered(deliveryId) }), start);
  return { store, make, begin, answer };
}

test("what joins the lane of a run at work has its turn when that ends", async () => {
  const { store, make, begin, answer } = setup();
  const { runId, deliveryIds } = await begin({ deliveries: [make.delivery()] });
  const next = await make.accept(store);
  expect(await statusOf(store, next)).toBe("queued");
  expect(await answer(runId, deliveryIds[0])).toMatchObject({ committed: true, ready: true });
  expect(await claimIds(store)).toEqual([next]);
});

test("an outcome counts once", async () => {
  const { store, make, begin, answer } = setup();
  const { runId, deliveryIds } = await begin({ deliveries: [make.delivery()] });
  const goesOn = { status: "active" as const, deliveries: [make.delivery({ path: "steps.b/c" })] };
  expect(await answer(runId, deliveryIds[0], goesOn)).toMatchObject({ committed: true });
  expect(await answer(runId, deliveryIds[0])).toMatchObject({ committed: false });
  const sent = (await store.read.run(runId))?.deliveries.map(({ status }) => status);
  expect(sent).toEqual(["settled", "pending"]);
});

test("a run that ends takes with it what its later decisions opened", async () => {
  const { store, make, begin, answer } = setup();
  const { runId, deliveryIds } = await begin({ deliveries: [make.delivery()] });
  const timers = [{ path: "steps.b", name: "wait" as const, due: start + hour }];
  await answer(runId, deliveryIds[0], { status: "active", timers });
  expect(await store.nextDue(start)).toBe(start + hour);
  const event = { kind: "resume" as const, by: "ada" };
  await store.commit(make.commit(runId, {}, { event }), start);
  expect(await store.nextDue(start)).toBeUndefined();
});

test("whoever asks later for a run at work is told of its end", async () => {
  const { store, make, begin, answer } = setup();
  const identity = "the same";
  const child = await begin({ deliveries: [make.delivery()] }, { identity, laneKey: null });
  const { runId: parentId } = await make.started(store, { deliveries: [] }, { laneKey: null });
  const parent = { runId: parentId, path: "steps.child" };
  await make.accept(store, { identity, parent, laneKey: null });
  await answer(child.runId, child.deliveryIds[0], { end: { output: 7 } });
  const [signal] = await store.takeSignals(9);
  expect(signal).toMatchObject({ runId: parentId, event: { kind: "child-ended" } });
});

test("a decision that was refused is as if it was never asked for", async () => {
  const { store, make, begin, answer } = setup();
  const effect = { key: "effect-1", path: "steps.a", outcome: { result: 1 } };
  await make.started(
    store,
    { status: "done", effects: [{ ...effect, bodyHash: "one" }] },
    { laneKey: null },
  );
  const { runId, deliveryIds } = await begin({ deliveries: [make.delivery()] });
  const error = { class: "transient" as const, code: "down", message: "is down" };
  const decision = { status: "active" as const, state: { ...emptyState, error } };
  const effects = [{ ...effect, bodyHash: "other" }];
  const refused = answer(runId, deliveryIds[0], { ...decision, effects });
  await expect(refused).rejects.toMatchObject({ code: "store/effect-conflict" });
  expect((await store.read.run(runId))?.error).toBeUndefined();
  expect(await answer(runId, deliveryIds[0], decision)).toMatchObject({ committed: true });
  expect((await store.read.run(runId))?.error).toEqual(error);
});

test("an error that a decision left is gone with the one that mended it", async () => {
  const { store, make, begin, answer } = setup();
  const { runId, deliveryIds } = await begin({ deliveries: [make.delivery()] });
  const error = { class: "transient" as const, code: "down", message: "is down" };
  const deliveries = [make.delivery({ path: "steps.b/c" })];
  const commit = make.commit(
    runId,
    { status: "active", state: { ...emptyState, error }, deliveries },
    { event: answered(deliveryIds[0] ?? "") },
  );
  await store.commit(commit, start);
  expect((await store.read.run(runId))?.error).toEqual(error);
  await answer(runId, commit.deliveryIds[0], { status: "active" });
  expect((await store.read.run(runId))?.error).toBeUndefined();
});

test("the key of an effect is on record with its request, and read from there by the next process", async () => {
  const path = temporaryPath();
  const connection = connect(path);
  const store = new SqliteStore(connection);
  const make = new Fixture();
  const key = "0af1".repeat(16);
  const { runId, commit } = await make.started(store, {
    deliveries: [make.delivery({ path: "steps.a/x", effectKey: key })],
    timers: [{ path: "", name: "deadline", due: start + hour }],
  });
  const memo = { effects: [{ key, path: "steps.a/x" }] };
  const done = { status: "done" as const, failures: 0, startedAt: start, endedAt: start, memo };
  const state = { ...emptyState, completions: 1, nodes: { "steps.a": done } };
  const event = answered(commit.deliveryIds[0] ?? "", "steps.a/x");
  await store.commit(make.commit(runId, { status: "active", state }, { event }), start);
  const texts = (): unknown[] =>
    connection.database.prepare("SELECT state FROM run_state").pluck().all();
  expect(texts()).toEqual([expect.stringContaining('["/x"]')]);
  expect((await store.read.run(runId))?.state).toEqual(state);
  await store.close();

  const next = new SqliteStore(connect(path));
  onTestFinished(() => next.close());
  expect((await next.load(runId))?.state).toEqual(state);
  expect((await next.read.run(runId))?.state).toEqual(state);
});
