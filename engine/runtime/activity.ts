/** Counts what is under way, and tells when nothing is. */
export class Activity {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Counts `work` until it settles. What it starts must be tracked before it ends. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** One more is under way, until `end` is called for it: what `track` does, for what tracks itself. */
  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#tell();
  }

  /** Within tracked work: does all of `works` at once and waits for them. Each counts until it settles. */
  async all(works: readonly (() => Promise<void>)[]): Promise<void> {
    let left = works.length;
    // Who waits for them does nothing else: its own count is that of the one that ends last.
    this.#count += Math.max(0, left - 1);
    await Promise.all(
      works.map((work) =>
        work().finally(() => {
          left -= 1;
          if (left > 0) this.end();
        }),
      ),
    );
  }

  /** Within tracked work: a wait that does not count as being under way, until `wake` is called. */
  rest(schedule: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      schedule(() => {
        // Counted before anyone else runs: whoever wakes us may look whether all is idle.
        this.begin();
        resolve();
      });
      this.end();
    });
  }

  /** Resolves when nothing is under way; at once when nothing is. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
