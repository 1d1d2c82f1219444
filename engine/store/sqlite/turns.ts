/** When the store works: a simulation gives its own turns, so that each seed has one order of events. */
export interface Turns {
  /** After what is being done now: all that was asked for by then is one transaction. */
  soon(work: () => void): void;
  /** When nothing was written for `ms`; called anew at each write, and at most one is pending. */
  atLeisure(ms: number, work: () => void): void;
  /** Forgets the work that waits for leisure. */
  end(): void;
}

/** Turns of this machine's event loop. */
export function systemTurns(): Turns {
  let idle: NodeJS.Timeout | undefined;
  return {
    soon: (work) => void setImmediate(work),
    atLeisure(ms, work) {
      if (idle === undefined) idle = setTimeout(work, ms).unref();
      else idle.refresh();
    },
    end: () => clearTimeout(idle),
  };
}
