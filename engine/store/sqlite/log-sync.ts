import { closeSync, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";
import { StoreError } from "../../errors/flow-error.ts";
import type { Database } from "./sqlite.ts";

/** Brings what was committed to the disk, where a commit does not wait for that itself. */
export interface LogSync {
  /** True when something was written since the last time. */
  readonly isDue: boolean;
  /** Rejects when the disk does not confirm it: whether it is there, nobody knows then. */
  sync(): Promise<void>;
}

/**
 * Syncs SQLite's write-ahead log off the event loop, which goes on meanwhile. SQLite itself would hold
 * it up for that time at each commit: with `synchronous = NORMAL` it syncs the log only where it begins
 * anew and where it is copied back, which keeps the file whole, and leaves it to us when a transaction
 * may be told of. The log is one file for as long as the connection is open, and has no locks that a
 * second handle could break.
 */
export class WalSync implements LogSync {
  readonly #path: string;
  readonly #changes;
  #synced: number;
  #file: number | undefined;

  constructor(database: Database) {
    this.#path = `${database.name}-wal`;
    this.#changes = database.prepare<[], number>("SELECT total_changes()").pluck();
    this.#synced = this.#total();
  }

  get isDue(): boolean {
    return this.#total() !== this.#synced;
  }

  async sync(): Promise<void> {
    this.#synced = this.#total();
    try {
      // Not before the first transaction, which makes the file.
      this.#file ??= openSync(this.#path, "r+");
      await dataSync(this.#file);
    } catch (error) {
      throw notConfirmed(error);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #total(): number {
    return this.#changes.get() ?? 0;
  }
}

const dataSync = promisify(fdatasync);

function notConfirmed(cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    "store/unsynced",
    `the disk of the store did not confirm what was written (${why}); nothing more is written`,
    {
      help: "see the system's log for the disk's own words, mend it, and start again: what is on disk by then goes on",
      cause,
    },
  );
}
