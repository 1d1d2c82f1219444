import type { Instant } from "../../model/json.ts";

/** So fast it goes while it is ahead of the machine's clock: waits take twice as long, not for ever. */
const paceAhead = 0.5;

/**
 * The engine's time: the machine's clock, but never back. Where that is set forward it follows at once;
 * where it is set back it goes on, at half its pace, until the two meet.
 */
export class ForwardTime {
  readonly #wall: () => Instant;
  readonly #steady: () => number;
  #latest = -Infinity;
  #steadyAt = 0;

  constructor(wall: () => Instant, steady: () => number) {
    this.#wall = wall;
    this.#steady = steady;
  }

  now(): Instant {
    const steady = this.#steady();
    const onward = this.#latest + (steady - this.#steadyAt) * paceAhead;
    this.#steadyAt = steady;
    this.#latest = Math.max(this.#wall(), onward);
    return Math.floor(this.#latest);
  }
}
