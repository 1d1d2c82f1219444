import type { Soon } from "../model/soon.ts";

/** Runs jobs of one key one after the other, in the order of the calls; keys do not wait for each other. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /**
   * Starts at once, within this call, when nothing of the key is under way; a job that waits for
   * nothing is then over when this returns, and throws what it throws.
   */
  run<T>(key: string, job: () => Promise<T>): Promise<T>;
  run<T>(key: string, job: () => Soon<T>): Soon<T>;
  run<T>(key: string, job: () => Soon<T>): Soon<T> {
    const before = this.#tails.get(key);
    const mine = before === undefined ? job() : before.then(job, job);
    if (!(mine instanceof Promise)) return mine;
    this.#tails.set(key, mine);
    const forget = (): void => {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }
}
