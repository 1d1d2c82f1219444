import type { Instant } from "../../model/json.ts";
import type { Clock } from "../clock.ts";

/** The longest wait `setTimeout` takes; longer ones are made of several. */
const waitMsMax = 2 ** 31 - 1;

/** The machine's clock. It never goes back: after a step of the system time it stands still instead. */
export class SystemClock implements Clock {
  #latest = 0;

  now(): Instant {
    this.#latest = Math.max(this.#latest, Date.now());
    return this.#latest;
  }

  schedule(at: Instant, wake: () => void): () => void {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = at - this.now();
      timer = setTimeout(
        () => (at > this.now() ? arm() : wake()),
        Math.min(Math.max(wait, 0), waitMsMax),
      );
    };
    arm();
    return () => clearTimeout(timer);
  }
}
