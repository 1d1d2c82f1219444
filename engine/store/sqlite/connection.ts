import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError } from "../../errors/flow-error.ts";
import { storeError } from "./failure.ts";
import { expectCurrent, migrate, refuseForeign } from "./migrate.ts";
import { type Ownership, takeOwnership } from "./owner.ts";
import { type Database, openDatabase, SqliteError } from "./sqlite.ts";

/** Nobody else writes, so a lock is a stranger's; waiting for it holds up the event loop. */
const busyTimeoutMs = 1000;
/** What the tails of all trees and a large key tree's inner pages need; the system caches the rest. */
const cacheKib = 16_384;
/** Of readers beside the owner. Mapped pages count as memory of the process, so the owner maps none. */
const mmapBytes = 268_435_456;
/** Pages of the write-ahead log after which a commit copies them back: about 10 ms of work. */
const checkpointPages = 1000;
/** The log file is cut back to this when it starts anew. */
const walBytesKept = 67_108_864;
/** Readers kept the log from starting anew: cut it as soon as none reads. */
const walBytesMax = 268_435_456;

export interface Connection {
  readonly database: Database;
  close(): void;
}

/**
 * Opens the store for its one owner, creating and migrating its tables. `image` holds the bytes of a
 * store that memory begins with, for whoever needs a new one often: migrations take longer.
 */
export function connect(path: string, image?: Buffer): Connection {
  const memory = path === ":memory:";
  let ownership: Ownership | undefined;
  let database: Database | undefined;
  try {
    if (!memory) expectFolder(path);
    if (!memory) ownership = takeOwnership(path);
    database = openDatabase(memory ? (image ?? path) : path, { readOnly: false });
    refuseForeign(database);
    configure(database);
    migrate(database);
    const opened = database;
    return {
      database: opened,
      close() {
        if (!memory) quietly(() => opened.pragma("wal_checkpoint(TRUNCATE)"));
        opened.close();
        ownership?.release();
      },
    };
  } catch (error) {
    database?.close();
    ownership?.release();
    throw storeError(error, path);
  }
}

/** Opens the store to read, beside its owner. Never creates or migrates. */
export function connectReader(path: string): Connection {
  let database: Database | undefined;
  try {
    database = openDatabase(path, { readOnly: true });
    database.pragma(`busy_timeout = ${busyTimeoutMs}`);
    database.pragma(`mmap_size = ${mmapBytes}`);
    expectCurrent(database);
    const opened = database;
    return { database: opened, close: () => opened.close() };
  } catch (error) {
    database?.close();
    throw storeError(error, path);
  }
}

function expectFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new StoreError("store/cannot-open", `"${path}" is a folder`, {
      help: "name a file in it",
    });
  }
  const folder = dirname(path);
  if (existsSync(folder)) return;
  throw new StoreError("store/cannot-open", `there is no folder "${folder}" for the store`, {
    help: "make the folder, or name another file",
  });
}

/** The first two must come before the first table. FULL: a 2xx survives a power failure. */
function configure(database: Database): void {
  database.pragma(`busy_timeout = ${busyTimeoutMs}`);
  database.pragma("page_size = 8192");
  database.pragma("auto_vacuum = INCREMENTAL");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma(`cache_size = -${cacheKib}`);
  database.pragma("mmap_size = 0");
  database.pragma("temp_store = MEMORY");
  database.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  database.pragma(`journal_size_limit = ${walBytesKept}`);
}

/** Copies the log back, in a pause: a transaction that finds it long does so itself, and takes as much longer. */
export function copyBack(database: Database): void {
  if (database.memory || !database.open) return;
  quietly(() => database.pragma("wal_checkpoint(PASSIVE)"));
}

/** Copies the log back while nothing else is to do, and gives free pages back to the disk. */
export function tidy(database: Database): void {
  if (database.memory || !database.open) return;
  copyBack(database);
  quietly(() => database.pragma("incremental_vacuum(256)"));
}

/** Gives up to `pages` free pages back to the disk; answers the bytes that are still free. */
export function shrink(database: Database, pages: number): number {
  if (database.memory || !database.open) return 0;
  database.pragma(`incremental_vacuum(${pages})`);
  const left = Number(database.pragma("freelist_count", { simple: true }));
  // The file itself is cut when the log is copied back.
  if (left === 0) quietly(() => database.pragma("wal_checkpoint(PASSIVE)"));
  return left * Number(database.pragma("page_size", { simple: true }));
}

/** Cuts a log that readers have let grow; gives up at once when one still reads. */
export function cutLog(database: Database): void {
  if (database.memory || walBytes(database.name) < walBytesMax) return;
  database.pragma("busy_timeout = 0");
  quietly(() => database.pragma("wal_checkpoint(TRUNCATE)"));
  database.pragma(`busy_timeout = ${busyTimeoutMs}`);
}

/** Housekeeping loses nothing when it fails: a full or busy disk shows itself at the next write. */
function quietly(keepHouse: () => void): void {
  try {
    keepHouse();
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
  }
}

function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
