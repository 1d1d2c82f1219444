import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { StoreHealth } from "../../ports/store-health.ts";
import type { Queries } from "./queries.ts";
import type { Database } from "./sqlite.ts";

interface HealthRecord {
  readonly newest: number;
  readonly oldest: number | null;
  readonly historyMark: number;
  readonly payloadsMark: number;
  readonly historyLater: number;
  readonly payloadsLater: number;
  readonly audit: number;
}

/** Reads how the store stands, on any connection. */
export function healthOf(database: Database, query: Queries): StoreHealth {
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  const record = query.get<HealthRecord>("health-get");
  const { newest = 0, oldest = null, audit = 0 } = record ?? {};
  const { historyMark = 0, payloadsMark = 0, historyLater = 0, payloadsLater = 0 } = record ?? {};
  const messages = newest - historyMark + historyLater;
  // What is removed whole may never have been emptied.
  const payloads = payloadsMark >= historyMark ? newest - payloadsMark + payloadsLater : messages;
  const pageSize = pragma("page_size");
  return {
    bytes: pragma("page_count") * pageSize,
    logBytes: database.memory ? 0 : sizeOf(`${database.name}-wal`),
    freeBytes: pragma("freelist_count") * pageSize,
    ...(database.memory ? {} : { disk: diskOf(database.name) }),
    kept: { messages, payloads: Math.min(payloads, messages), audit: Math.max(0, audit) },
    waiting: { history: historyLater, payloads: payloadsLater },
    ...(oldest === null ? {} : { oldest }),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function diskOf(path: string): NonNullable<StoreHealth["disk"]> {
  const { bavail, blocks, bsize } = statfsSync(dirname(path));
  return { freeBytes: bavail * bsize, bytes: blocks * bsize };
}
