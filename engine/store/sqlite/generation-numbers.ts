import type { Work } from "./work.ts";

/** Names of generations, as the small numbers that runs carry. */
export class GenerationNumbers {
  readonly #known = new Map<string, number>();

  of(work: Work, hash: string): number {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const number =
      work.query.get<{ generationNo: number }>("generation-find", { hash })?.generationNo ??
      work.query.insert("generation-name", { hash });
    this.#known.set(hash, number);
    return number;
  }

  /** After a rollback: a number handed out in it may name another generation next time. */
  forget(): void {
    this.#known.clear();
  }
}
