import { createHash } from "node:crypto";
import type { Instant } from "../../model/json.ts";

/** What happened, line by line. Two runs of one seed must have the same, byte for byte. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #now: () => Instant;
  readonly #start: Instant;
  #digest: string | undefined;
  readonly lines: string[] = [];

  constructor(now: () => Instant) {
    this.#now = now;
    this.#start = now();
  }

  add(who: string, what: string): void {
    const line = `${((this.#now() - this.#start) / 1_000).toFixed(3).padStart(12)}  ${who.padEnd(8)} ${what}`;
    if (this.#digest !== undefined) return;
    this.#hash.update(line).update("\n");
    this.lines.push(line);
  }

  /** Of all there was when it was first asked; nothing is added from then on. */
  digest(): string {
    this.#digest ??= this.#hash.digest("hex");
    return this.#digest;
  }
}
