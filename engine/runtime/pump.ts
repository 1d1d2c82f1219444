import type { Activity } from "./activity.ts";

/**
 * One loop that is kicked instead of polling: it works while there are kicks it has not seen, one
 * round at a time. A kick during a round means one more round.
 */
export class Pump {
  readonly #activity: Activity;
  readonly #round: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #kicked = false;
  #running = false;
  #open = false;

  constructor(activity: Activity, round: () => Promise<void>, failed: (error: unknown) => void) {
    this.#activity = activity;
    this.#round = round;
    this.#failed = failed;
  }

  open(): void {
    this.#open = true;
    this.kick();
  }

  /** Lets the present round end and begins none. */
  close(): void {
    this.#open = false;
  }

  kick(): void {
    if (!this.#open) return;
    this.#kicked = true;
    if (!this.#running) void this.#activity.track(() => this.#run());
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#kicked && this.#open) {
        this.#kicked = false;
        await this.#round();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#running = false;
    }
  }
}
