/** Between two counts, the number is carried on by what was seen; it may drift by repeats. */
const recountEvery = 5_000;

/** How many runs are neither ended nor parked: carried in memory, counted anew now and then. */
export class Backlog {
  readonly #count: () => Promise<number>;
  #value = 0;
  #changes = 0;

  constructor(count: () => Promise<number>) {
    this.#count = count;
  }

  get value(): number {
    return this.#value;
  }

  /** True when a new count is due. */
  change(by: number): boolean {
    this.#value = Math.max(0, this.#value + by);
    this.#changes += Math.abs(by);
    return this.#changes >= recountEvery;
  }

  async recount(): Promise<void> {
    this.#changes = 0;
    const before = this.#value;
    const counted = await this.#count();
    // What changed while it was counted is carried over.
    this.#value = Math.max(0, counted + this.#value - before);
  }
}
