import type { Instant } from "../../model/json.ts";

/** What a partner agreed to take; beyond it callers get 429 with Retry-After. */
export interface Limit {
  readonly limit: number;
  readonly perMs: number;
}

/** A sliding window over the requests that were admitted. */
export class Limiter {
  readonly #limit: Limit;
  readonly #admitted: Instant[] = [];

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** Whole seconds to wait, or undefined when the request is admitted. */
  retryAfter(now: Instant): number | undefined {
    const { limit, perMs } = this.#limit;
    while ((this.#admitted[0] ?? now) <= now - perMs) this.#admitted.shift();
    if (this.#admitted.length < limit) {
      this.#admitted.push(now);
      return undefined;
    }
    const free = (this.#admitted[0] ?? now) + perMs;
    return Math.max(1, Math.ceil((free - now) / 1000));
  }
}
