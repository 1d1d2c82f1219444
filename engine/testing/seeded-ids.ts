import type { Instant } from "../model/json.ts";
import type { Ids } from "../ports/ids.ts";

/** Ids and luck that a seed repeats. Ids are time-ordered UUIDv7, as the real ones. */
export class SeededIds implements Ids {
  #state: number;
  #counter = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(now: Instant): string {
    const time = now.toString(16).padStart(12, "0").slice(-12);
    const count = (this.#counter++).toString(16).padStart(15, "0");
    const luck = this.#hex(1);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3, 6)}-${count.slice(6)}${luck.slice(0, 3)}`;
  }

  /** Mulberry32: small, and good enough for jitter. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  traceparent(parent?: string): string {
    const trace = parent?.split("-")[1] ?? this.#hex(4);
    return `00-${trace}-${this.#hex(2)}-01`;
  }

  #hex(words: number): string {
    let text = "";
    for (let word = 0; word < words; word += 1)
      text += Math.floor(this.random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return text;
  }
}
