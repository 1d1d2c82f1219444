import type { Instant } from "../../model/json.ts";
import type { Clock } from "../clock.ts";
import { ForwardTime } from "./forward-time.ts";

/**
 * After so long every wait looks at the time again: the machine's clock may have been set forward, or
 * the machine have slept, which its timers do not count.
 */
const lookMs = 30_000;

/** The machine's clock. */
export class SystemClock implements Clock {
  readonly #time = new ForwardTime(
    () => this.wall(),
    () => this.steady(),
  );

  now(): Instant {
    return this.#time.now();
  }

  wall(): Instant {
    return Date.now();
  }

  steady(): number {
    return performance.now();
  }

  schedule(at: Instant, wake: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = at - this.now();
      timer = setTimeout(
        () => (at > this.now() ? arm() : wake()),
        Math.min(Math.max(wait, 0), lookMs),
      );
    };
    arm();
    return () => clearTimeout(timer);
  }
}
