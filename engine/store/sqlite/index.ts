import type { InsightReader, InsightStore } from "../../ports/insight-store.ts";
import type { PromiseStore } from "../../ports/promise-store.ts";
import type { ReplayReader, ReplayStore } from "../../ports/replay-store.ts";
import type { RetentionReader, RetentionStore } from "../../ports/retention-store.ts";
import type { StoreHealth } from "../../ports/store-health.ts";
import type { StoreReader } from "../../ports/store-reader.ts";
import type { Store } from "../../ports/store.ts";
import { connect, connectReader } from "./connection.ts";
import { SqliteInsightReader } from "./insight-reader.ts";
import { Queries } from "./queries.ts";
import { SqliteReader } from "./reader.ts";
import { SqliteReplayReader } from "./replays.ts";
import { SqliteRetentionReader } from "./retention.ts";
import { SqliteStore } from "./store.ts";

export interface StoreOptions {
  /** A file, made when it is not there; `:memory:` for a store that ends with the process. */
  readonly path: string;
}

/** The store with all that is kept beside runs and messages. */
export type OwnStore = Store & {
  readonly insight: InsightStore;
  readonly replays: ReplayStore;
  readonly promises: PromiseStore;
  readonly retention: RetentionStore;
  /** How large it is and how much room it has; cheap. */
  health(): StoreHealth;
};

/**
 * Opens the store for the one process that owns it. Throws `StoreError`: `store/owned` names the
 * process that has it, `store/newer` a file of a later program, `store/read-only`, `store/full`,
 * `store/cannot-open`, `store/not-a-store`.
 */
export function openStore(options: StoreOptions): OwnStore {
  return new SqliteStore(connect(options.path));
}

/** Opens the lists of a store, also while another process owns it. Never creates or changes it. */
export function openReader(path: string): StoreReader & {
  readonly insight: InsightReader;
  readonly replays: ReplayReader;
  readonly retention: RetentionReader;
  close(): void;
} {
  const connection = connectReader(path);
  const query = new Queries(connection.database);
  return Object.assign(new SqliteReader(query), {
    insight: new SqliteInsightReader(query),
    replays: new SqliteReplayReader(query),
    retention: new SqliteRetentionReader(query),
    close: () => connection.close(),
  });
}

export { type BackupReport, backupStore, type RestoreReport, restoreStore } from "./backup.ts";
