import type { Queries } from "./queries.ts";

/** After so many questions that a row might have answered, the table is looked at again. */
const looksAgainAfter = 1000;

const looks = { listen: "listen-any", laneState: "lane-state-any" } as const;

export type Seldom = keyof typeof looks;

/**
 * Tables that most stores leave empty: nothing is looked for in one that is. What is said to be there
 * may be gone, or was rolled back; what is said to be absent is.
 */
export class Presence {
  readonly #left = new Map<Seldom, number>();

  /** False: the table is certainly empty. */
  maybe(query: Queries, table: Seldom): boolean {
    let left = this.#left.get(table);
    if (left === undefined || left === 1) {
      left = query.get(looks[table]) === undefined ? 0 : looksAgainAfter;
    } else if (left > 1) left -= 1;
    this.#left.set(table, left);
    return left > 0;
  }

  /** A row is written. */
  added(table: Seldom): void {
    this.#left.set(table, looksAgainAfter);
  }
}
