import type { Instant } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";

/** Things the partners will do later, on the clock they were given; all forgotten on close. */
export class Agenda {
  readonly #clock: Clock;
  readonly #pending = new Set<{ cancel: () => void; release?: () => void }>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Instant {
    return this.#clock.now();
  }

  after(ms: number, act: () => void): void {
    this.#add(ms, act);
  }

  /** Resolves after so long, or at once when the world ends. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#add(ms, resolve, resolve);
    });
  }

  close(): void {
    this.#closed = true;
    for (const entry of this.#pending) {
      entry.cancel();
      entry.release?.();
    }
    this.#pending.clear();
  }

  #add(ms: number, act: () => void, release?: () => void): void {
    if (this.#closed) {
      release?.();
      return;
    }
    const entry = { cancel: () => {}, ...(release === undefined ? {} : { release }) };
    this.#pending.add(entry);
    entry.cancel = this.#clock.schedule(this.#clock.now() + ms, () => {
      this.#pending.delete(entry);
      act();
    });
  }
}

/** The machine's own clock. */
export const wallClock: Clock = {
  now: () => Date.now(),
  wall: () => Date.now(),
  steady: () => performance.now(),
  schedule(at, wake) {
    const timer = setTimeout(wake, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};
