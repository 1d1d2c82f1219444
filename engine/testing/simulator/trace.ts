import type { Instant } from "../../model/json.ts";

/** What happened, line by line. Two runs of one seed must have the same, byte for byte. */
export class Trace {
  readonly #now: () => Instant;
  readonly #start: Instant;
  #isOver = false;
  readonly lines: string[] = [];

  constructor(now: () => Instant) {
    this.#now = now;
    this.#start = now();
  }

  add(who: string, what: string): void {
    if (this.#isOver) return;
    const at = ((this.#now() - this.#start) / 1_000).toFixed(3).padStart(12);
    this.lines.push(`${at}  ${who.padEnd(8)} ${what}`);
  }

  /** Nothing is added from now on. */
  end(): readonly string[] {
    this.#isOver = true;
    return this.lines;
  }
}
