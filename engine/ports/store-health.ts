import type { Instant } from "../model/json.ts";

/** How large the store is, what it keeps, and how much room it has. Cheap: nothing is gone over. */
export interface StoreHealth {
  /** Of the file, of the log beside it, and of pages within the file that are free. */
  readonly bytes: number;
  readonly logBytes: number;
  readonly freeBytes: number;
  /** Of the disk that it is on, for this user; absent for a store in memory. */
  readonly disk?: { readonly freeBytes: number; readonly bytes: number };
  /** Messages, those of them whose payload is there, and rows of the audit. */
  readonly kept: Readonly<Record<"messages" | "payloads" | "audit", number>>;
  /** Messages that are over and still needed. */
  readonly waiting: Readonly<Record<"payloads" | "history", number>>;
  /** When the oldest message was taken in. */
  readonly oldest?: Instant;
}
