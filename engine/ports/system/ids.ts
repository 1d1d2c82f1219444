import { randomFillSync } from "node:crypto";
import type { Instant } from "../../model/json.ts";
import type { Ids } from "../ids.ts";

const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const poolBytes = 8192;

/** Ids from the system's random source, drawn in blocks since single draws cost more than they give. */
export class SystemIds implements Ids {
  readonly #pool = Buffer.alloc(poolBytes);
  #used = poolBytes;
  #millisecond = 0;
  /** Time and version, as ids of one millisecond begin: under load there are many. */
  #prefix = "00000000-0000-7";
  #counter = 0;

  /**
   * RFC 9562 UUIDv7 with a 12-bit counter in `rand_a` (its method 1): within one millisecond, and
   * when the time goes back, later ids still sort after earlier ones.
   */
  next(now: Instant): string {
    if (now > this.#millisecond) this.#begin(now);
    else if (this.#counter < 0xfff) this.#counter += 1;
    else this.#begin(this.#millisecond + 1);
    const counter = this.#counter.toString(16).padStart(3, "0");
    const at = this.#draw(8);
    const pool = this.#pool;
    pool[at] = ((pool[at] ?? 0) & 0x3f) | 0x80;
    const luck = pool.toString("hex", at, at + 8);
    return `${this.#prefix}${counter}-${luck.slice(0, 4)}-${luck.slice(4)}`;
  }

  #begin(millisecond: Instant): void {
    const time = millisecond.toString(16).padStart(12, "0");
    this.#millisecond = millisecond;
    this.#prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    // The upper bit starts at 0, so that at least 2,048 ids follow before the counter is full.
    this.#counter = this.#pool.readUInt16BE(this.#draw(2)) & 0x7ff;
  }

  random(): number {
    return this.#pool.readUIntBE(this.#draw(6), 6) / 2 ** 48;
  }

  /** W3C Trace Context: a malformed parent is as none, since it came from outside. */
  traceparent(parent?: string): string {
    const known = parent === undefined ? null : traceparentPattern.exec(parent);
    const trace = known?.[1] ?? this.#hex(16);
    return `00-${trace}-${this.#hex(8)}-${known?.[3] ?? "01"}`;
  }

  #hex(bytes: number): string {
    const at = this.#draw(bytes);
    return this.#pool.toString("hex", at, at + bytes);
  }

  /** Where in the pool so many bytes stand that nobody was given yet. */
  #draw(bytes: number): number {
    if (this.#used + bytes > poolBytes) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += bytes;
    return this.#used - bytes;
  }
}
