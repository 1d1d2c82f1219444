import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { Keys } from "../../../engine/store/sqlite/keys.ts";
import { Queries } from "../../../engine/store/sqlite/queries.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { Fixture, hour, only, start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const mergeAt = 8;

function open(path: string): {
  readonly store: SqliteStore;
  readonly count: (table: string) => unknown;
} {
  const connection = connect(path);
  const store = new SqliteStore(connection, { mergeAt });
  onTestFinished(() => store.close());
  const count = (table: string): unknown =>
    connection.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  return { store, count };
}

test("keys are found before they are merged, after, and by the next process", async () => {
  const path = temporaryPath();
  const make = new Fixture();
  const first = open(path);
  const ids = new Map<string, string>();
  const given = (number: number) =>
    make.intake({
      message: make.message({ dedupeKey: `event-${number}`, data: { orderId: `SO-${number}` } }),
      runs: [make.run({ identity: `order-${number}`, laneKey: `key-${number}` })],
    });
  const isKnown = async (store: SqliteStore, number: number): Promise<void> => {
    const again = await store.accept(given(number), start);
    expect([again.outcome, again.messageId]).toEqual(["duplicate", ids.get(`event-${number}`)]);
    const other = make.intake({ runs: [make.run({ identity: `order-${number}` })] });
    expect((await store.accept(other, start)).repeats).toHaveLength(1);
    expect(await store.read.trace(`SO-${number}`)).not.toEqual([]);
  };

  for (let number = 0; number < 5 * mergeAt; number += 1) {
    const intake = given(number);
    ids.set(intake.message.dedupeKey, intake.message.id);
    expect((await first.store.accept(intake, start)).outcome).toBe("accepted");
    await isKnown(first.store, number);
  }
  expect(Number(first.count("known_key"))).toBeGreaterThan(2 * mergeAt);
  expect(Number(first.count("business_id"))).toBeGreaterThan(2 * mergeAt);
  for (let number = 0; number < 5 * mergeAt; number += 1) await isKnown(first.store, number);
  await first.store.close();

  const next = open(path);
  for (let number = 0; number < 5 * mergeAt; number += 1) await isKnown(next.store, number);
  expect((await next.store.accept(given(999), start)).outcome).toBe("accepted");
  expect(await next.store.read.trace("SO-998")).toEqual([]);
});

test("a key of an operation that was undone is not known", async () => {
  const { store } = open(temporaryPath());
  const make = new Fixture();
  const bad = make.intake({ runs: [make.run({ id: "no id" })] });
  await expect(store.accept(bad, start)).rejects.toMatchObject({ code: "store/bad-id" });
  const good = { ...bad, runs: [make.run()] };
  expect((await store.accept(good, start)).outcome).toBe("accepted");
});

test("a key is forgotten at its time, merged or not, and may come again", async () => {
  const { store } = open(temporaryPath());
  const make = new Fixture();
  const again = () => make.intake({ message: make.message({ dedupeKey: "same" }) });
  for (let round = 0; round < 3 * mergeAt; round += 1) {
    const now = start + round * hour;
    const intake = { ...again(), dedupeUntil: now + hour };
    expect((await store.accept(intake, now)).outcome).toBe("accepted");
    expect((await store.accept(again(), now + hour - 1)).outcome).toBe("duplicate");
    await store.accept(make.intake(), now);
  }
});

test("the ledger keeps its last word on a key through merges", async () => {
  const { store, count } = open(temporaryPath());
  const make = new Fixture();
  const effect = { key: "order-1", bodyHash: "a", path: "steps.order/create" };
  const fact = async (): Promise<unknown> =>
    only([...(await store.facts([{ kind: "effect", key: "order-1" }], start)).values()]);
  const record = (outcome: object): Promise<unknown> =>
    make.started(
      store,
      { effects: [{ ...effect, outcome: outcome as { undone: true } }] },
      { laneKey: null },
    );
  for (let round = 0; round < 3 * mergeAt; round += 1) {
    await record({ result: round });
    expect(await fact()).toMatchObject({ outcome: { result: round } });
    await record({ undone: true });
    expect(await fact()).toMatchObject({ outcome: { undone: true } });
    await make.started(
      store,
      { effects: [{ ...effect, key: `other-${round}`, outcome: { result: 1 } }] },
      { laneKey: null },
    );
  }
  expect(Number(count("known_key"))).toBeGreaterThan(mergeAt);
});

test("one merge leaves no row for a look-up to read, be there more ids than keys or none", async () => {
  const connection = connect(temporaryPath());
  const store = new SqliteStore(connection);
  onTestFinished(() => store.close());
  const make = new Fixture();
  const numbers = Array.from({ length: 5 * mergeAt }, (_, number) => number);
  for (const number of numbers) {
    const results = { "steps.a": { orderId: `SO-${number}` } };
    await make.started(store, { results }, { laneKey: null });
  }
  for (let number = 0; number < mergeAt; number += 1)
    await make.started(store, {}, { laneKey: null });

  const { database } = connection;
  await new Keys(new Queries(database), mergeAt).merge((operate) => Promise.resolve(operate()));
  const upTo = database.prepare("SELECT name, up_to FROM merged ORDER BY name").raw().all();
  expect(upTo).toEqual([
    ["dedupe", 6 * mergeAt],
    ["effect", 0],
    ["identity", 6 * mergeAt],
    ["journal", 6 * mergeAt],
    ["message", 6 * mergeAt],
  ]);
  for (const number of numbers) expect(await store.read.trace(`SO-${number}`)).not.toEqual([]);
});
