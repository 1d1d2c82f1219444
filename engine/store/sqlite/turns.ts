/** When the store works: a simulation gives its own turns, so that each seed has one order of events. */
export interface Turns {
  /** After what is being done now: all that was asked for by then is one transaction. */
  soon(work: () => void): void;
  /** When nothing was written for `ms`; called anew at each write, and at most one is pending for each `ms`. */
  atLeisure(ms: number, work: () => void): void;
  /** `ms` from now, whatever is written until then. */
  after(ms: number, work: () => void): void;
  /** Forgets all work that waits for leisure or for its time. */
  end(): void;
}

/** Turns of this machine's event loop. */
export function systemTurns(): Turns {
  const idle = new Map<number, NodeJS.Timeout>();
  const later = new Set<NodeJS.Timeout>();
  return {
    soon: (work) => void setImmediate(work),
    atLeisure(ms, work) {
      const known = idle.get(ms);
      if (known === undefined) idle.set(ms, setTimeout(work, ms).unref());
      else known.refresh();
    },
    after(ms, work) {
      const timer = setTimeout(() => {
        later.delete(timer);
        work();
      }, ms).unref();
      later.add(timer);
    },
    end() {
      for (const timer of [...idle.values(), ...later]) clearTimeout(timer);
    },
  };
}
