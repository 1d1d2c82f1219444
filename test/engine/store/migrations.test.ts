import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect, connectReader } from "../../../engine/store/sqlite/connection.ts";
import { newestVersion } from "../../../engine/store/sqlite/migrate.ts";
import { type Database, openDatabase } from "../../../engine/store/sqlite/sqlite.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { Fixture, start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const folder = new URL("../../../engine/store/sqlite/migrations/", import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .sort();
const versions = files.map((file) => Number(file.slice(0, 4)));

test("migrations are numbered from 1 on, each number once", () => {
  expect(versions).toEqual(versions.map((_, index) => index + 1));
  expect(newestVersion()).toBe(versions.length);
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: 0 | 1;
  readonly pk: number;
}

interface ForeignKey {
  readonly table: string;
  readonly from: string;
}

/** A store as the first migrations left it, with two rows in every table that has none. */
function olderStore(path: string, version: number): void {
  const database = openDatabase(path, { readOnly: false });
  database.pragma("foreign_keys = ON");
  database.pragma("synchronous = OFF");
  for (const file of files.filter((_, index) => index < version)) {
    database.exec(readFileSync(new URL(file, folder), "utf8"));
  }
  database.pragma(`user_version = ${version}`);
  const filled = new Set<string>();
  for (const table of tablesOf(database)) fill(database, table, filled);
  expect(database.pragma("foreign_key_check")).toEqual([]);
  database.close();
}

function tablesOf(database: Database): readonly string[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
}

/** Whom a table points at comes first. */
function fill(database: Database, table: string, filled: Set<string>): void {
  if (filled.has(table)) return;
  filled.add(table);
  const keys = database.pragma(`foreign_key_list(${table})`) as readonly ForeignKey[];
  for (const key of keys) fill(database, key.table, filled);
  const checks = database
    .prepare("SELECT sql FROM sqlite_schema WHERE name = ?")
    .pluck()
    .get(table) as string;
  const columns = database.pragma(`table_info(${table})`) as readonly Column[];
  const had = Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  const single = /CHECK \(one = 1\)/.test(checks);
  for (let row = had + 1; row <= (single ? 1 : 2); row += 1) {
    const values = columns.map((column) =>
      keys.some(({ from }) => from === column.name) ? row : valueFor(column, checks, row),
    );
    const names = columns.map(({ name }) => name).join(", ");
    const places = columns.map(() => "?").join(", ");
    database.prepare(`INSERT INTO ${table} (${names}) VALUES (${places})`).run(...values);
  }
}

/** Something that the column's own check permits, and that the code can read back. */
function valueFor({ name, type }: Column, checks: string, row: number): unknown {
  const listed = new RegExp(String.raw`\b${name}\b[^,]*CHECK \(${name} IN \(\s*('[^)]*)\)`).exec(
    checks,
  );
  const words = [...(listed?.[1] ?? "").matchAll(/'([^']*)'/g)].map(([, word = ""]) => word);
  if (words.length > 0) return words[(row - 1) % words.length];
  if (name === "name" && /CHECK \(name IN/.test(checks)) return row === 1 ? "dedupe" : "identity";
  const length = new RegExp(String.raw`length\(${name}\) = (\d+)`).exec(checks)?.[1];
  if (length !== undefined) return Buffer.alloc(Number(length), row);
  if (type === "INTEGER") return integerFor(name, checks, row);
  if (type === "REAL") return row;
  if (type === "BLOB") return Buffer.from([row, 1, 2, 3, 4, 5, 6, 7]);
  return textFor(name, row);
}

function integerFor(name: string, checks: string, row: number): number {
  if (new RegExp(String.raw`\b${name} IN \(0, 1\)`).test(checks)) return 0;
  if (/^(priority|kind|one)$/.test(name)) return 1;
  return row;
}

const json: Readonly<Record<string, string>> = {
  envelope: '{"dedupeKey":"d","time":1,"headers":{},"traceparent":"t"}',
  state: '{"version":1,"phase":"steps","nodes":{},"completions":0}',
  ancestors: "[]",
  choices: '["yes"]',
  request: '{"method":"GET","url":"http://erp.test/1","headers":{},"encode":"none","timeoutMs":1}',
  failure: '{"class":"business","code":"no","message":"it says no"}',
  error: '{"class":"business","code":"no","message":"it says no"}',
  history: '[{"path":"steps.a","what":"done"}]',
  results: '{"steps.a":1}',
  attempt: '{"outcome":"response","status":200,"ms":1,"response":null}',
  ending: '{"output":1}',
  response: '{"status":200,"headers":{},"body":null}',
  correlate: '{"id":"1"}',
  amounts: "{}",
  selection: "{}",
  detail: "{}",
};

function textFor(name: string, row: number): string | null {
  if (/^(parent|region|context|among|pick)$/.test(name)) return null;
  return (
    json[name] ??
    (/^(value|data|impact|edit|event|show|result|before|after|applied)$/.test(name)
      ? "1"
      : `${name}-${row}`)
  );
}

/** What must come through whatever the tables look like in between. */
const lasting = [
  "message",
  "run",
  "delivery",
  "task",
  "crosswalk",
  "milestone",
  "problem",
  "checkpoint",
  "audit",
  "counter",
  "lane_state",
  "effect",
] as const;

type Row = Readonly<Record<string, unknown>>;

function rowsOf(database: Database, table: string): readonly Row[] {
  return database.prepare(`SELECT * FROM ${table}`).all() as readonly Row[];
}

/** Rows with the columns named alone, in an order of their own. */
function only(rows: readonly Row[], names: readonly string[]): readonly string[] {
  return rows.map((row) => JSON.stringify(names.map((name) => row[name]))).sort();
}

/** Tables, indexes and views by name, without blanks: as a fresh store has them. */
function schemaOf(database: Database): readonly string[] {
  const rows = database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
    )
    .all() as { type: string; name: string; sql: string }[];
  return rows.map(({ type, name, sql }) => `${type} ${name} ${sql.replaceAll(/\s+|"/g, "")}`);
}

describe("a store of an older version", () => {
  test.each(versions.slice(0, -1))("%i comes up with all it knew", async (version) => {
    const path = temporaryPath();
    olderStore(path, version);
    const older = openDatabase(path, { readOnly: true });
    const before = new Map(lasting.map((table) => [table, rowsOf(older, table)]));
    older.close();
    expect(() => connectReader(path)).toThrow(/start `sluice run` once|has tables of version/);

    const connection = connect(path);
    const { database } = connection;
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    expect(database.pragma("user_version", { simple: true })).toBe(newestVersion());
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(database.pragma("foreign_key_check")).toEqual([]);
    for (const table of lasting) {
      const [was = [], is] = [before.get(table), rowsOf(database, table)];
      expect([table, was.length]).not.toEqual([table, 0]);
      const names = Object.keys(was[0] ?? {}).filter((name) => name in (is[0] ?? {}));
      expect(names.length).toBeGreaterThan(1);
      expect([table, only(is, names)]).toEqual([table, only(was, names)]);
    }
    const fresh = connect(":memory:");
    onTestFinished(() => fresh.close());
    expect(schemaOf(database)).toEqual(schemaOf(fresh.database));

    // It is not only there: it can be read, and it goes on.
    const runs = await store.read.runs({});
    expect(runs).toHaveLength(2);
    for (const { id, messageId } of runs) {
      expect(await store.read.run(id)).toMatchObject({ results: expect.anything() as object });
      expect((await store.read.message(messageId))?.message.data).toBe(1);
    }
    expect(await store.read.trace(runs[0]?.id ?? "")).not.toEqual([]);
    const fixture = new Fixture();
    const late = { message: fixture.message(), runs: [fixture.run({ laneKey: null })] };
    expect(await store.accept(fixture.intake(late), start)).toMatchObject({ outcome: "accepted" });
    for (const kind of ["history", "payloads"] as const) {
      const pass = store.retention.pass(kind, start);
      for (;;) if ((await pass.step(start)).finished) break;
    }
    expect(database.pragma("foreign_key_check")).toEqual([]);
  });

  test("a newer one is refused by whoever opens it, in one line that says what to do", () => {
    const path = temporaryPath();
    connect(path).close();
    const database = openDatabase(path, { readOnly: false });
    database.pragma(`user_version = ${newestVersion() + 1}`);
    database.close();
    const words = `tables of version ${newestVersion() + 1}, and this sluice knows them up to version ${newestVersion()}`;
    for (const open of [connect, connectReader]) {
      expect(() => open(path)).toThrow(words);
      expect(() => open(path)).toThrow(
        expect.objectContaining({
          code: "store/newer",
          help: "run the sluice that wrote it, or a later one",
        }),
      );
    }
    const untouched = openDatabase(path, { readOnly: true });
    expect(untouched.pragma("user_version", { simple: true })).toBe(newestVersion() + 1);
    untouched.close();
  });
});
