import { SqliteError } from "./sqlite.ts";
import { FlowError, StoreError } from "../../errors/flow-error.ts";

interface Remedy {
  readonly code: string;
  readonly says: string;
  readonly help: string;
}

const remedies: readonly (readonly [prefix: string, remedy: Remedy])[] = [
  [
    "SQLITE_FULL",
    {
      code: "store/full",
      says: "the disk of the store is full; nothing of this was written",
      help: "make room on the disk: an engine that runs goes on by itself, one that ended is started again",
    },
  ],
  [
    "SQLITE_BUSY",
    {
      code: "store/busy",
      says: "the store is locked by another process",
      help: "end the other process, or try again when it is done",
    },
  ],
  [
    "SQLITE_READONLY",
    {
      code: "store/read-only",
      says: "the store's file may not be written",
      help: "let the user that runs sluice write the file and its folder: reading writes beside it, too; or copy it to a folder of yours, and name it with --store",
    },
  ],
  [
    "SQLITE_CANTOPEN",
    {
      code: "store/cannot-open",
      says: "the store's file cannot be opened",
      help: "see that the folder is there, and that sluice may read and write it",
    },
  ],
  [
    "SQLITE_NOTADB",
    {
      code: "store/not-a-store",
      says: "the file is not a store of sluice",
      help: "name another file",
    },
  ],
  [
    "SQLITE_CORRUPT",
    {
      code: "store/corrupt",
      says: "the store's file is damaged",
      help: "stop, keep a copy of the file, and restore the last backup",
    },
  ],
  [
    "SQLITE_IOERR",
    {
      code: "store/io",
      says: "the disk of the store refused to read or write",
      help: "see the system's log for the disk's own words",
    },
  ],
  [
    "SQLITE_CONSTRAINT",
    {
      code: "store/refused",
      says: "a table refused the row",
      help: "this is a mistake in sluice: report it with the words above",
    },
  ],
];

/** The driver looks for the folder itself, and does not say it as SQLite does. */
const isFolderMissing = (thrown: unknown): boolean =>
  thrown instanceof TypeError && thrown.message.includes("directory does not exist");

/**
 * What SQLite threw, as the one class that callers know, with the file where it is opened. Our own
 * errors pass unchanged.
 */
export function storeError(thrown: unknown, path?: string): Error {
  if (thrown instanceof FlowError) return thrown;
  if (isFolderMissing(thrown)) {
    return new StoreError(
      "store/cannot-open",
      `the store's file cannot be opened${path === undefined ? "" : `: ${path}`}: its folder is not there`,
      {
        help: "see that the folder is there, and that sluice may read and write it",
        cause: thrown,
      },
    );
  }
  if (!(thrown instanceof SqliteError)) {
    return thrown instanceof Error ? thrown : new StoreError("store/failed", String(thrown));
  }
  const remedy = remedies.find(([prefix]) => thrown.code.startsWith(prefix))?.[1] ?? {
    code: "store/failed",
    says: "the store could not do it",
    help: "see the words of SQLite above",
  };
  return new StoreError(
    remedy.code,
    `${remedy.says}${path === undefined ? "" : `: ${path}`} (${thrown.code}: ${thrown.message})`,
    {
      help: remedy.help,
      cause: thrown,
    },
  );
}
