import type { Instant } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/**
 * What one process takes for the time: the true one and the error of its machine. As the real clock it
 * stands still where the machine's goes back, and its waits are as long as they were when they began.
 */
export class LifeClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #error: () => number;
  #latest = 0;

  constructor(clock: VirtualClock, error: () => number) {
    this.#clock = clock;
    this.#error = error;
  }

  now(): Instant {
    this.#latest = Math.max(this.#latest, this.#clock.now() + this.#error());
    return this.#latest;
  }

  schedule(at: Instant, wake: () => void): () => void {
    let cancel = (): void => {};
    const arm = (): void => {
      const wait = Math.max(0, at - this.now());
      cancel = this.#clock.schedule(this.#clock.now() + wait, () =>
        at > this.now() ? arm() : wake(),
      );
    };
    arm();
    return () => cancel();
  }
}
