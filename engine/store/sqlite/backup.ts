import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StoreError, UsageError } from "../../errors/flow-error.ts";
import { connectReader } from "./connection.ts";
import { storeError } from "./failure.ts";
import { newestVersion } from "./migrate.ts";
import { takeOwnership } from "./owner.ts";
import { Queries } from "./queries.ts";
import { type Database, openDatabase } from "./sqlite.ts";

/** Pages copied between two looks at the event loop. */
const pagesAtOnce = 2_000;
/** Ends of the files that belong to one store. */
const parts = ["", "-wal", "-shm"];

/** What is in a copy, as its own tables say. */
export interface BackupReport {
  readonly path: string;
  readonly bytes: number;
  readonly messages: number;
  readonly runs: number;
  /** Requests without an outcome at that moment. */
  readonly deliveries: number;
}

export interface RestoreReport extends BackupReport {
  /** Where the store that stood there was moved; absent when there was none. */
  readonly kept?: string;
}

/**
 * Copies a store to a new file, also while its owner works: all of one moment, since the copy is
 * made within a read transaction. It is checked and on disk before it gets its name. Throws
 * `store/backup-exists`, and `StoreError` for what is no sound store.
 */
export async function backupStore(
  path: string,
  target: string,
  progress: (share: number) => void = () => {},
): Promise<BackupReport> {
  if (existsSync(target)) {
    throw new UsageError("store/backup-exists", `there is a file "${target}" already`, {
      help: "name a new file: a backup never overwrites one",
    });
  }
  const unfinished = `${target}.unfinished`;
  const connection = connectReader(path);
  try {
    await copyPages(connection.database, unfinished, progress);
    const report = checked(unfinished);
    sync(unfinished);
    renameSync(unfinished, target);
    sync(dirname(target));
    return { ...report, path: target };
  } catch (error) {
    throw storeError(error, target);
  } finally {
    connection.close();
    removeParts(unfinished);
  }
}

/**
 * Puts a copy in the place of a store that no process owns; what stood there is moved aside, never
 * deleted. What the copy had open may have been sent since, so all of it comes back in doubt: it is
 * looked up before it is sent again. Throws `store/owned`, `store/newer`, `store/corrupt`,
 * `store/not-a-store`.
 */
export async function restoreStore(
  backup: string,
  path: string,
  progress: (share: number) => void = () => {},
): Promise<RestoreReport> {
  const unfinished = `${path}.restoring`;
  const ownership = takeOwnership(path);
  try {
    removeParts(unfinished);
    const source = openCopy(backup);
    try {
      await copyPages(source, unfinished, progress);
    } finally {
      source.close();
    }
    doubtAll(unfinished);
    const report = checked(unfinished);
    sync(unfinished);
    const kept = moveAside(path);
    renameSync(unfinished, path);
    sync(dirname(path));
    return { ...report, path, ...(kept === undefined ? {} : { kept }) };
  } catch (error) {
    throw storeError(error, backup);
  } finally {
    removeParts(unfinished);
    ownership.release();
  }
}

async function copyPages(
  source: Database,
  target: string,
  progress: (share: number) => void,
): Promise<void> {
  // One moment for all pages: without it each write of the owner would start the copy anew.
  source.exec("BEGIN");
  try {
    source.pragma("user_version");
    await source.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        progress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
        return pagesAtOnce;
      },
    });
  } finally {
    source.exec("COMMIT");
  }
}

/** The version is asked first: a later program's tables cannot be judged by this one. */
function openCopy(path: string): Database {
  if (!existsSync(path)) {
    throw new UsageError("store/no-backup", `there is no file "${path}"`, {
      help: "name a file that `sluice backup` made",
    });
  }
  const database = openDatabase(path, { readOnly: true });
  try {
    const version = versionOf(database);
    if (version === 0) {
      throw new StoreError("store/not-a-store", `the file "${path}" is not a store of sluice`, {
        help: "name a file that `sluice backup` made",
      });
    }
    if (version > newestVersion()) {
      throw new StoreError(
        "store/newer",
        `the backup "${path}" has tables of version ${version}, and this sluice knows them up to version ${newestVersion()}`,
        { help: "restore it by the sluice that wrote it, or a later one" },
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw storeError(error, path);
  }
}

function versionOf(database: Database): number {
  return Number(database.pragma("user_version", { simple: true }));
}

function doubtAll(path: string): void {
  const database = openDatabase(path, { readOnly: false });
  try {
    // The tables that these two touch are the same since the first version.
    const query = new Queries(database);
    query.run("delivery-restore");
    query.run("life-restore");
    database.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Throws `store/corrupt` unless every page and index is sound. */
function checked(path: string): Omit<BackupReport, "path"> {
  const database = openDatabase(path, { readOnly: false });
  try {
    const verdict = database.pragma("integrity_check(1)", { simple: true });
    if (verdict !== "ok") {
      throw new StoreError("store/corrupt", `the copy is damaged: ${String(verdict)}`, {
        help: "the store that it was made of may be damaged as well: keep both, and restore an older backup",
      });
    }
    const count = (name: string): number =>
      new Queries(database).get<{ value: number }>(name)?.value ?? 0;
    const counts = {
      messages: count("backup-messages"),
      runs: count("backup-runs"),
      deliveries: count("backup-deliveries"),
    };
    return { ...counts, bytes: statSync(path).size };
  } finally {
    database.close();
  }
}

function moveAside(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  let number = 1;
  while (existsSync(`${path}.before-restore-${number}`)) number += 1;
  const kept = `${path}.before-restore-${number}`;
  for (const part of parts) {
    if (existsSync(`${path}${part}`)) renameSync(`${path}${part}`, `${kept}${part}`);
  }
  return kept;
}

function removeParts(path: string): void {
  for (const part of parts) rmSync(`${path}${part}`, { force: true });
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
