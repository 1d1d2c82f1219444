import { StoreError } from "../errors/flow-error.ts";

/** Troubles of the store that end without anyone touching the message: the disk, a lock. */
const codes: ReadonlySet<string> = new Set([
  "store/busy",
  "store/full",
  "store/io",
  "store/read-only",
  "store/cannot-open",
  "store/failed",
]);

/** True for what may well succeed when it is asked for again. */
export function isPassing(error: unknown): error is StoreError {
  return error instanceof StoreError && codes.has(error.code);
}
