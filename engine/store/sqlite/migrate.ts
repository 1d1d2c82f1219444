import { readdirSync, readFileSync } from "node:fs";
import { StoreError } from "../../errors/flow-error.ts";
import type { Database } from "./sqlite.ts";

const folder = new URL("./migrations/", import.meta.url);

interface Migration {
  readonly version: number;
  readonly file: string;
}

/** `0001-tables.sql`, `0002-….sql`: numbered without gaps, never changed once released. */
function migrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}-.*\.sql$/.test(file))
    .sort()
    .map((file) => ({ version: Number(file.slice(0, 4)), file }));
}

/** Version of the tables that this program reads and writes. */
export function newestVersion(): number {
  return migrations().at(-1)?.version ?? 0;
}

/**
 * Brings the tables to this program's version, in one transaction; a store that is there already is
 * left alone. Foreign keys are not enforced meanwhile, so that a table that others refer to can be
 * made anew. Throws `store/newer` for a file that a later program has written.
 */
export function migrate(database: Database): void {
  database.pragma("foreign_keys = OFF");
  try {
    migrateTables(database);
  } finally {
    database.pragma("foreign_keys = ON");
  }
}

function migrateTables(database: Database): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = tableVersion(database);
    refuseNewer(version, database.name);
    for (const migration of migrations().filter((each) => each.version > version)) {
      database.exec(readFileSync(new URL(migration.file, folder), "utf8"));
      database.pragma(`user_version = ${migration.version}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Throws unless the tables are exactly this program's: a reader never migrates. */
export function expectCurrent(database: Database): void {
  const version = tableVersion(database);
  refuseForeign(database);
  refuseNewer(version, database.name);
  if (version < newestVersion()) {
    throw new StoreError(
      "store/older",
      `the store "${database.name}" has tables of version ${version}, and this sluice reads version ${newestVersion()}`,
      { help: "start `sluice run` once: it brings the tables up to date" },
    );
  }
}

/**
 * Throws `store/not-a-store` for a database of another program, before anything is written to it:
 * our tables among its own would help nobody.
 */
export function refuseForeign(database: Database): void {
  const listed = database.pragma("table_list") as readonly { readonly name: string }[];
  const tables = listed.map(({ name }) => name).filter((name) => !name.startsWith("sqlite_"));
  if (tables.length === 0 || (tableVersion(database) > 0 && tables.includes("message"))) return;
  throw new StoreError(
    "store/not-a-store",
    `the file "${database.name}" is a database of another program`,
    { help: "name another file: nothing was written to this one" },
  );
}

function refuseNewer(version: number, path: string): void {
  if (version <= newestVersion()) return;
  throw new StoreError(
    "store/newer",
    `the store "${path}" has tables of version ${version}, and this sluice knows them up to version ${newestVersion()}`,
    { help: "run the sluice that wrote it, or a later one" },
  );
}

function tableVersion(database: Database): number {
  return Number(database.pragma("user_version", { simple: true }));
}
