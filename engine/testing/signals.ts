import type { SignalPoint, Signals } from "../ports/signals.ts";

export interface Reached {
  readonly point: SignalPoint;
  readonly detail: Readonly<Record<string, string>>;
}

/** Records the points an engine reached, and lets a test wait for one or act on it. */
export class RecordingSignals implements Signals {
  readonly reached: Reached[] = [];
  readonly #listeners = new Set<(reached: Reached) => void>();

  reach(point: SignalPoint, detail: Readonly<Record<string, string>> = {}): void {
    const reached = { point, detail };
    this.reached.push(reached);
    for (const listener of this.#listeners) listener(reached);
  }

  /** Calls `listener` at each point, from within the engine; returns what ends it. */
  on(listener: (reached: Reached) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next time `point` is reached. */
  next(point: SignalPoint): Promise<Reached> {
    return new Promise((resolve) => {
      const end = this.on((reached) => {
        if (reached.point !== point) return;
        end();
        resolve(reached);
      });
    });
  }

  count(point: SignalPoint): number {
    return this.reached.filter((reached) => reached.point === point).length;
  }
}
