import type { ApiResponse } from "../model/decision.ts";
import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";

/** Callers of API flows that wait for their run's answer. In memory only: a caller dies with us. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<(response: ApiResponse | undefined) => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return [...this.#waiting.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** The answer; undefined when there is none by `until`, or when the run ended or parked without one. */
  wait(runId: string, until: Instant): Promise<ApiResponse | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(runId) ?? new Set();
      const finish = (response: ApiResponse | undefined): void => {
        cancel();
        waiting.delete(finish);
        if (waiting.size === 0) this.#waiting.delete(runId);
        resolve(response);
      };
      const cancel = this.#clock.schedule(until, () => finish(undefined));
      waiting.add(finish);
      this.#waiting.set(runId, waiting);
    });
  }

  tell(runId: string, response: ApiResponse | undefined): void {
    for (const finish of this.#waiting.get(runId) ?? []) finish(response);
  }

  close(): void {
    for (const runId of this.#waiting.keys()) this.tell(runId, undefined);
  }
}
