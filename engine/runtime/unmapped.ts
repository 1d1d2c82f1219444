import type { HistoryEntry } from "../model/decision.ts";
import { isJsonObject } from "../model/json.ts";

/** Errors of one adapter with one status that none of its rules named. */
export interface UnmappedErrors {
  readonly adapter: string;
  readonly status: number;
  readonly count: number;
}

/** Counts vendor errors that no rule named, since the engine started: what the adapter has yet to say. */
export class Unmapped {
  readonly #counts = new Map<string, UnmappedErrors>();

  /** Reads the journal lines of one decision. */
  note(history: readonly HistoryEntry[]): void {
    for (const { detail } of history) {
      const found = isJsonObject(detail) ? detail["unmapped"] : undefined;
      if (!isJsonObject(found)) continue;
      const { adapter, status } = found;
      if (typeof adapter !== "string" || typeof status !== "number") continue;
      const key = `${adapter} ${status}`;
      const count = (this.#counts.get(key)?.count ?? 0) + 1;
      this.#counts.set(key, { adapter, status, count });
    }
  }

  list(): readonly UnmappedErrors[] {
    return [...this.#counts.values()];
  }
}
