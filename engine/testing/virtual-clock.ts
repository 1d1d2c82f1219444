import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";

interface Wake {
  readonly at: Instant;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that goes only when told: tests and simulations wait for nothing. */
export class VirtualClock implements Clock {
  #now: Instant;
  #wakes: Wake[] = [];
  #order = 0;

  /** 2026-01-01T00:00:00Z unless told. */
  constructor(start: Instant = 1_767_225_600_000) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  wall(): Instant {
    return this.#now;
  }

  steady(): number {
    return this.#now;
  }

  schedule(at: Instant, wake: () => void): () => void {
    const entry = { at, order: this.#order++, wake };
    this.#wakes.push(entry);
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== entry);
    };
  }

  /** The next wake, if any. */
  next(): Instant | undefined {
    return this.#first()?.at;
  }

  /**
   * Goes on by `ms`, waking whom it meets, in order of time then of asking. `settle` is awaited
   * before the first, after each, and at the end, so that what a wake starts is finished before time goes on.
   */
  async advance(ms: number, settle: () => Promise<void> = settled): Promise<void> {
    await this.advanceTo(this.#now + ms, settle);
  }

  async advanceTo(at: Instant, settle: () => Promise<void> = settled): Promise<void> {
    await settle();
    for (let first = this.#first(); first !== undefined && first.at <= at; first = this.#first()) {
      const { at: time, wake } = first;
      this.#wakes = this.#wakes.filter((other) => other !== first);
      this.#now = Math.max(this.#now, time);
      wake();
      await settle();
    }
    this.#now = Math.max(this.#now, at);
    await settle();
  }

  /** Goes on from wake to wake until none is left or `until` is reached. */
  async run(until: Instant, settle: () => Promise<void> = settled): Promise<void> {
    await settle();
    for (let at = this.next(); at !== undefined && at <= until; at = this.next()) {
      await this.advanceTo(at, settle);
    }
  }

  #first(): Wake | undefined {
    return this.#wakes.reduce<Wake | undefined>(
      (first, wake) =>
        first === undefined ||
        wake.at < first.at ||
        (wake.at === first.at && wake.order < first.order)
          ? wake
          : first,
      undefined,
    );
  }
}

async function settled(): Promise<void> {}
