import { expect, test } from "vitest";
import { systemTurns, type Turns } from "../../../engine/store/sqlite/turns.ts";
import { GroupCommit } from "../../../engine/store/sqlite/group-commit.ts";
import { type Database, openDatabase } from "../../../engine/store/sqlite/sqlite.ts";

interface Bench {
  readonly database: Database;
  readonly writes: GroupCommit;
  readonly insert: (value: number) => () => number;
  readonly values: () => readonly number[];
  readonly transactions: () => number;
  readonly rollbacks: () => number;
  /** What is written at the end of each transaction, or of each operation that may be undone alone. */
  readonly atEnd: number[];
}

function bench(turns: Turns = systemTurns()): Bench {
  const database = openDatabase(":memory:", { readOnly: false });
  database.exec("CREATE TABLE number (value INTEGER PRIMARY KEY)");
  const add = database.prepare<[number]>("INSERT INTO number VALUES (?)");
  const atEnd: number[] = [];
  let transactions = 0;
  let rollbacks = 0;
  const writes = new GroupCommit(
    database,
    {
      ending: () => {
        for (const value of atEnd.splice(0)) add.run(value);
      },
      committed: () => {
        transactions += 1;
      },
      rolledBack: () => {
        rollbacks += 1;
        atEnd.length = 0;
      },
    },
    turns,
  );
  const all = database.prepare<[], { value: number }>("SELECT value FROM number ORDER BY rowid");
  return {
    database,
    writes,
    insert: (value) => () => {
      add.run(value);
      return value;
    },
    values: () => all.all().map(({ value }) => value),
    transactions: () => transactions,
    rollbacks: () => rollbacks,
    atEnd,
  };
}

test("what is asked for in one turn is one transaction, in the order of the calls", async () => {
  const { writes, insert, values, transactions } = bench();
  const order: number[] = [];
  const asked = [3, 1, 2].map(async (value) => {
    order.push(await writes.write(insert(value)));
  });
  expect(values()).toEqual([]);
  await Promise.all(asked);
  expect(order).toEqual([3, 1, 2]);
  expect(values()).toEqual([1, 2, 3]);
  expect(transactions()).toBe(1);
});

test("what is left for the end of a transaction is in it, but for what failed", async () => {
  const { writes, insert, values, atEnd } = bench();
  const leave = (value: number) => () => {
    insert(value)();
    atEnd.push(10 * value);
  };
  await Promise.all([writes.write(leave(1)), writes.write(leave(2))]);
  expect(values()).toEqual([1, 2, 10, 20]);
  await Promise.allSettled([
    writes.write(leave(3)),
    writes.write(() => {
      leave(4)();
      throw new RangeError("no");
    }),
    writes.write(leave(5)),
  ]);
  expect(values()).toEqual([1, 2, 3, 5, 10, 20, 30, 50]);
});

test("of a series, nothing is written after what failed; others are", async () => {
  const { writes, insert, values } = bench();
  const series = { isBroken: false };
  const refuse = (): number => {
    throw new RangeError("no room for this one");
  };
  const answers = await Promise.allSettled([
    writes.write(insert(1), series),
    writes.write(refuse, series),
    writes.write(insert(2), series),
    writes.write(insert(3)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(answers[2]).toMatchObject({ reason: { code: "store/out-of-turn" } });
  // A later transaction, in which nothing else fails.
  await expect(writes.write(insert(4), series)).rejects.toThrow("what came before it");
  expect(values()).toEqual([1, 3]);
});

test("a transaction that never began breaks the series of all that were to be in it", async () => {
  const { database, writes, insert, values } = bench();
  const series = { isBroken: false };
  database.exec("BEGIN");
  await expect(writes.write(insert(1), series)).rejects.toThrow("transaction");
  database.exec("ROLLBACK");
  await expect(writes.write(insert(2), series)).rejects.toThrow("what came before it");
  expect(await writes.write(insert(3))).toBe(3);
  expect(values()).toEqual([3]);
});

/** Turns that come when the test says so. */
function ownTurns() {
  const waiting: (() => void)[] = [];
  const turns: Turns = {
    soon: (work) => void waiting.push(work),
    atLeisure: () => undefined,
    after: () => undefined,
    end: () => undefined,
  };
  const turn = (): void => {
    for (const work of waiting.splice(0)) work();
  };
  return { waiting, turns, turn };
}

test("under load a transaction waits while each turn brings more for it, three turns at most", async () => {
  const { waiting, turns, turn } = ownTurns();
  const { writes, insert, values } = bench(turns);
  const crowd = [11, 12, 13, 14, 15];
  for (const value of crowd) void writes.write(insert(value));
  turn();
  expect(values()).toEqual(crowd);
  const seen: number[][] = [];
  for (let value = 1; value <= 5; value += 1) {
    void writes.write(insert(value));
    turn();
    seen.push(values().filter((each) => !crowd.includes(each)));
  }
  // Each began after a crowd; three are none, so that the next waits for nothing.
  expect(seen).toEqual([[], [], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]);
  expect(waiting).toEqual([]);
});

test("while little is asked for, a transaction waits for nothing", async () => {
  const { waiting, turns, turn } = ownTurns();
  const { writes, insert, values } = bench(turns);
  for (const value of [1, 2, 3]) {
    void writes.write(insert(value));
    turn();
    expect(values()).toHaveLength(value);
  }
  expect(waiting).toEqual([]);
});

test("nothing resolves before the transaction is committed", async () => {
  const { database, writes, insert } = bench();
  const open: boolean[] = [];
  await Promise.all(
    [1, 2].map(async (value) => {
      await writes.write(insert(value));
      open.push(database.inTransaction);
    }),
  );
  expect(open).toEqual([false, false]);
});

test("an operation that fails rejects alone, and leaves nothing of what it wrote", async () => {
  const { writes, insert, values, transactions, rollbacks } = bench();
  const results = await Promise.allSettled([
    writes.write(insert(1)),
    writes.write(() => {
      insert(2)();
      throw new RangeError("no");
    }),
    writes.write(insert(1)),
    writes.write(insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(results[1]).toMatchObject({ reason: { message: "no" } });
  expect(results[2]).toMatchObject({ reason: { code: "store/refused" } });
  expect(values()).toEqual([1, 3]);
  expect(transactions()).toBe(1);
  // All of it once, and then each of the two by itself.
  expect(rollbacks()).toBe(3);
});

test("when the transaction is lost as a whole, each operation gets its own", async () => {
  const { database, writes, insert, values } = bench();
  let times = 0;
  const results = await Promise.allSettled([
    writes.write(insert(1)),
    writes.write(() => {
      times += 1;
      // As SQLite itself does when the disk is full in the middle of a statement.
      if (times === 1) database.exec("ROLLBACK");
      throw new RangeError("full");
    }),
    writes.write(insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(values()).toEqual([1, 3]);
});

test("a transaction that cannot begin rejects all of its turn, and the next one may", async () => {
  const { database, writes, insert, values } = bench();
  database.exec("BEGIN");
  const results = await Promise.allSettled([writes.write(insert(1)), writes.write(insert(2))]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  database.exec("ROLLBACK");
  await writes.write(insert(3));
  expect(values()).toEqual([3]);
});

test("long queues are cut into transactions that let the event loop breathe", async () => {
  const { writes, insert, values, transactions } = bench();
  await Promise.all(Array.from({ length: 600 }, (_, value) => writes.write(insert(value))));
  expect(values()).toHaveLength(600);
  expect(transactions()).toBe(3);
});

test("draining writes at once what is queued", async () => {
  const { writes, insert, values } = bench();
  const asked = writes.write(insert(1));
  writes.drain();
  expect(values()).toEqual([1]);
  expect(await asked).toBe(1);
});
