import { expect, onTestFinished, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { answered, Fixture, start } from "../../contracts/store-fixture.ts";

/** A store, and what another one on the same tables, that remembers nothing, says of a run. */
function pair() {
  const connection = connect(":memory:");
  const store = new SqliteStore(connection);
  // With the connection, also what the store does at leisure ends.
  onTestFinished(() => store.close());
  return {
    store,
    fromTables: (runId: string) => new SqliteStore(connection).load(runId),
    make: new Fixture(),
  };
}

test("a run that was kept is what the tables say, with every decision", async () => {
  const { store, fromTables, make } = pair();
  const state = { version: 1 as const, phase: "steps" as const, completions: 1, nodes: {} };
  // What JSON does not know is not read back either.
  const odd = { b: 1, a: undefined, at: -0 } as unknown as Json;
  const { runId, commit } = await make.started(store, {
    state: { ...state, held: undefined } as unknown as typeof state,
    results: { "steps.z": odd },
    deliveries: [make.delivery()],
  });
  expect(await store.load(runId)).toStrictEqual(await fromTables(runId));
  const deliveryId = commit.deliveryIds[0] ?? "";
  await store.commit(
    make.commit(
      runId,
      { status: "active", state: { ...state, completions: 2 }, results: { "steps.a": [1] } },
      { event: answered(deliveryId) },
    ),
    start,
  );
  const kept = await store.load(runId);
  const read = await fromTables(runId);
  expect(kept).toStrictEqual(read);
  expect(Object.keys(kept?.results ?? {})).toEqual(Object.keys(read?.results ?? {}));
  expect(kept?.state.completions).toBe(2);
});

test("what a decision forgets is not read back, but people are shown it", async () => {
  const { store, fromTables, make } = pair();
  const results = { "steps.a[1].b": 1, "steps.a[1]": 2, "steps.a[10].b": 3, "steps.a#items": [4] };
  const { runId, commit } = await make.started(store, {
    results,
    deliveries: [make.delivery()],
  });
  const event = answered(commit.deliveryIds[0] ?? "");
  const decision = { status: "active" as const, results: { "steps.a[1].c": 5 } };
  const forgets = ["steps.a[1]"];
  await store.commit(make.commit(runId, { ...decision, forgets }, { event }), start);
  const kept = await store.load(runId);
  expect(kept?.results).toEqual({ "steps.a[1]": 2, "steps.a[10].b": 3, "steps.a#items": [4] });
  expect(kept).toStrictEqual(await fromTables(runId));
  expect((await store.read.run(runId))?.results).toEqual({ ...results, "steps.a[1].c": 5 });
});

test("what another run of the lane remembers is seen", async () => {
  const { store, fromTables, make } = pair();
  const waiting = await make.started(store, {}, { laneKey: "K" });
  const other = await make.accept(store, { laneKey: "K" });
  const event = { kind: "resume" as const, by: "ada" };
  await store.commit(make.commit(other, { remembers: [{ stage: "won" }] }, { event }), start);
  const kept = await store.load(waiting.runId);
  expect(kept?.laneState).toEqual({ stage: "won" });
  expect(kept).toStrictEqual(await fromTables(waiting.runId));
});

test("data that a person mended is seen", async () => {
  const { store, fromTables, make } = pair();
  const { runId } = await make.started(store, { status: "invalid" });
  await store.load(runId);
  await store.unpark(runId, { kind: "resume", by: "ada", data: { mended: true } }, start);
  expect((await store.load(runId))?.message.data).toEqual({ mended: true });
  expect(await store.load(runId)).toStrictEqual(await fromTables(runId));
});

test("nothing is kept of a decision that was refused", async () => {
  const { store, fromTables, make } = pair();
  const effect = { key: "effect-1", path: "steps.a", outcome: { result: 1 } };
  await make.started(store, { status: "done", effects: [{ ...effect, bodyHash: "one" }] });
  const { runId } = await make.started(store, { results: { "steps.a": 1 } });
  await store.load(runId);
  const again = { status: "active" as const, results: { "steps.a": 2 } };
  const effects = [{ ...effect, bodyHash: "other" }];
  const event = { kind: "resume" as const, by: "ada" };
  const refused = store.commit(make.commit(runId, { ...again, effects }, { event }), start);
  await expect(refused).rejects.toMatchObject({ code: "store/effect-conflict" });
  expect((await store.load(runId))?.results).toEqual({ "steps.a": 1 });
  expect(await store.load(runId)).toStrictEqual(await fromTables(runId));
});
