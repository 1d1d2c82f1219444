import type { Queries } from "./queries.ts";

/** Counts of what is over, added up in memory and written once a transaction. */
export class Counters {
  readonly #added = new Map<string, number>();

  add(name: string, by: number): void {
    this.#added.set(name, (this.#added.get(name) ?? 0) + by);
  }

  /** Belongs into the transaction that everything counted was written in. */
  write(query: Queries): void {
    for (const [name, by] of this.#added) query.run("counter-add", { name, by });
    this.#added.clear();
  }

  /** After a rollback. */
  forget(): void {
    this.#added.clear();
  }
}
