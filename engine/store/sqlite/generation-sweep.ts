import type { Instant } from "../../model/json.ts";
import type { Queries } from "./queries.ts";
import { parse } from "./work.ts";

/** Runs looked at in one transaction: their generation stands in their row, and in no index. */
const runsAtOnce = 2_000;

/**
 * Removes generations that were saved before a time and that no run is pinned to. It goes over the
 * runs once, oldest first, and stops where none is left in question; runs that come meanwhile come
 * at the end.
 */
export class GenerationSweep {
  readonly #query: Queries;
  readonly #unused: Set<number>;
  #after = 0;

  constructor(query: Queries, before: Instant) {
    this.#query = query;
    const over = query.all<{ generationNo: number }>("generation-over", { before });
    this.#unused = new Set(over.map(({ generationNo }) => generationNo));
  }

  /** Within a transaction: rows removed, or undefined when there are more runs to look at. */
  step(): number | undefined {
    if (this.#unused.size === 0) return 0;
    const { upTo, numbers } = this.#query.get<{ upTo: number | null; numbers: string }>(
      "generation-used",
      { after: this.#after, limit: runsAtOnce },
    ) ?? { upTo: null, numbers: "[]" };
    for (const used of parse<readonly number[]>(numbers)) this.#unused.delete(used);
    if (upTo !== null) {
      this.#after = upTo;
      return undefined;
    }
    return [...this.#unused].reduce(
      (sum, generationNo) => sum + this.#query.run("generation-delete", { generationNo }),
      0,
    );
  }
}
