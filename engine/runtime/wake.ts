import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";

/** One scheduled wake at the earliest time at which something in the store becomes due. */
export class Wake {
  readonly #clock: Clock;
  readonly #due: () => void;
  #armed: { readonly at: Instant; readonly cancel: () => void } | undefined;
  #open = false;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  get at(): Instant | undefined {
    return this.#armed?.at;
  }

  open(): void {
    this.#open = true;
  }

  close(): void {
    this.#open = false;
    this.#armed?.cancel();
    this.#armed = undefined;
  }

  /** Wakes at `at`, or earlier when that was asked before; at once when `at` is past. */
  arm(at: Instant): void {
    if (!this.#open) return;
    if (at <= this.#clock.now()) {
      this.#due();
      return;
    }
    if (this.#armed !== undefined && this.#armed.at <= at) return;
    this.#armed?.cancel();
    const cancel = this.#clock.schedule(at, () => {
      this.#armed = undefined;
      this.#due();
    });
    this.#armed = { at, cancel };
  }
}
