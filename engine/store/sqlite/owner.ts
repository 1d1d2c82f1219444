import { StoreError } from "../../errors/flow-error.ts";
import { storeError } from "./failure.ts";
import { type Database, openDatabase, SqliteError } from "./sqlite.ts";

/** Held as long as this process owns the store; the system lets go of it when the process dies. */
export interface Ownership {
  release(): void;
}

function openBeside(path: string): Database {
  try {
    return openDatabase(`${path}.owner`, { readOnly: false });
  } catch (error) {
    throw storeError(error, path);
  }
}

/**
 * One process owns a store. The lock is a write transaction held open on a small database beside the
 * file (`<path>.owner`): the operating system drops it with the process, however that ends, so there
 * are no stale locks and no guessing by process id (which containers share); and readers of the
 * store itself stay free, which SQLite's own exclusive mode would lock out.
 */
export function takeOwnership(path: string): Ownership {
  const database = openBeside(path);
  try {
    database.pragma("busy_timeout = 0");
    database.pragma("synchronous = OFF");
    database.exec("BEGIN IMMEDIATE");
    database.exec("CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL)");
    database.exec("DELETE FROM owner");
    database.prepare("INSERT INTO owner (pid) VALUES (?)").run(process.pid);
    database.exec("COMMIT");
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    const owner = ownerPid(database);
    database.close();
    if (!(error instanceof SqliteError) || !error.code.startsWith("SQLITE_BUSY")) throw error;
    throw new StoreError(
      "store/owned",
      `the store "${path}" is in use by process ${owner ?? "unknown"}; one process owns a store`,
      {
        help: `stop that process first, or name another file; lists and traces may be read meanwhile`,
      },
    );
  }
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}

function ownerPid(database: Database): number | undefined {
  try {
    if (database.inTransaction) database.exec("ROLLBACK");
    return database.prepare<[], { pid: number }>("SELECT pid FROM owner").get()?.pid;
  } catch {
    return undefined;
  }
}
