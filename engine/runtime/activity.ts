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
