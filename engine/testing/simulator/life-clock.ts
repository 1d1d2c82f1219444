import type { Instant } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import { ForwardTime } from "../../ports/system/index.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/**
 * What one process takes for the time: the true one and the error of its machine, made into the
 * engine's time as the real clock makes it. Its waits look at the time when they end, not between.
 */
export class LifeClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #error: () => number;
  readonly #time = new ForwardTime(
    () => this.wall(),
    () => this.steady(),
  );

  constructor(clock: VirtualClock, error: () => number) {
    this.#clock = clock;
    this.#error = error;
  }

  now(): Instant {
    return this.#time.now();
  }

  wall(): Instant {
    return this.#clock.now() + this.#error();
  }

  steady(): number {
    return this.#clock.now();
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
