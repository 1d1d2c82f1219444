import { type Connection, connect } from "../../store/sqlite/connection.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";

/** A store, and the statements that were prepared on it, by their texts. */
export interface OpenStore {
  readonly connection: Connection;
  readonly prepared: Map<string, unknown>;
}

/** Makes all tables as they were in a store that nothing was written to. */
type Emptying = () => void;

const emptyings = new WeakMap<OpenStore, Emptying>();
/** Left by worlds that have ended. */
const spare: OpenStore[] = [];
let emptyStore: Buffer | undefined;

/** The bytes of a store that nothing was written to. */
export function imageOfEmpty(): Buffer {
  if (emptyStore !== undefined) return emptyStore;
  const connection = connect(":memory:");
  connection.database.pragma("incremental_vacuum");
  emptyStore = connection.database.serialize();
  connection.close();
  return emptyStore;
}

/**
 * An empty store in memory. To open one and to prepare its statements anew took a fifth of a seed's
 * time, so that a world which ends leaves its own to the next: emptied, page by page, as a new one is.
 */
export function takeMemory(): OpenStore {
  const known = spare.pop();
  if (known !== undefined) return known;
  const connection = connect(":memory:", imageOfEmpty());
  const memory = { connection, prepared: new Map<string, unknown>() };
  emptyings.set(memory, emptyingOf(connection.database));
  return memory;
}

/** Gives it back when its world is over. */
export function leaveMemory(memory: OpenStore): void {
  emptyings.get(memory)?.();
  spare.push(memory);
}

function emptyingOf(database: Database): Emptying {
  const tables = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => name);
  const steps = childrenFirst(database, tables).flatMap((table) => [
    database.prepare(`DELETE FROM ${table}`),
  ]);
  const restore = tables.flatMap((table) => rowsOf(database, table));
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  return () => {
    if (database.inTransaction) database.exec("ROLLBACK");
    begin.run();
    for (const step of steps) step.run();
    for (const put of restore) put();
    commit.run();
    database.pragma("incremental_vacuum");
  };
}

/** Writes each row again that a new store has in the table. */
function rowsOf(database: Database, table: string): readonly (() => void)[] {
  const rows = database.prepare<[], unknown[]>(`SELECT * FROM ${table}`).raw().all();
  const places = rows[0]?.map(() => "?").join();
  if (places === undefined) return [];
  const insert = database.prepare(`INSERT INTO ${table} VALUES (${places})`);
  return rows.map((row) => () => void insert.run(...row));
}

/** What refers to others is emptied before them. */
function childrenFirst(database: Database, tables: readonly string[]): readonly string[] {
  const parentsOf = (table: string): readonly string[] =>
    database
      .prepare<[], { table: string }>(`PRAGMA foreign_key_list(${table})`)
      .all()
      .map((key) => key.table)
      .filter((parent) => parent !== table);
  const ordered: string[] = [];
  const visit = (table: string): void => {
    if (ordered.includes(table)) return;
    for (const parent of parentsOf(table)) visit(parent);
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered.toReversed();
}
