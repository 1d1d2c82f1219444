import type { Instant } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import { ForwardTime } from "../../ports/system/index.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/** A wait looks at the time at least so often. */
const lookAgainMs = 30_000;

interface Wait {
  readonly at: Instant;
  readonly wake: () => void;
  /** When it looks at the time next, by the true one. */
  looksAt: Instant;
  cancel: () => void;
}

/**
 * What one process takes for the time: the true one and the error of its machine, made into the
 * engine's time as the real clock makes it. Its waits look at the time when they end, and half a
 * minute after the machine's clock was set at the latest.
 */
export class LifeClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #error: () => number;
  readonly #waits = new Set<Wait>();
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
    const wait: Wait = { at, wake, looksAt: 0, cancel: () => {} };
    this.#waits.add(wait);
    this.#arm(wait, at - this.now());
    return () => {
      wait.cancel();
      this.#waits.delete(wait);
    };
  }

  /** The machine's clock was set: what is over by it ends soon. */
  wasSet(): void {
    for (const wait of this.#waits) {
      const ms = Math.max(lookAgainMs, wait.at - this.now());
      if (this.#clock.now() + ms >= wait.looksAt) continue;
      wait.cancel();
      this.#arm(wait, ms);
    }
  }

  #arm(wait: Wait, ms: number): void {
    wait.looksAt = this.#clock.now() + Math.max(0, ms);
    wait.cancel = this.#clock.schedule(wait.looksAt, () => {
      if (wait.at > this.now()) return this.#arm(wait, wait.at - this.now());
      this.#waits.delete(wait);
      wait.wake();
    });
  }
}
