import type { Instant } from "../model/json.ts";

export interface CircuitPolicy {
  /** So many failures in a row… */
  readonly failures: number;
  /** …within this time… */
  readonly withinMs: number;
  /** …stop all requests for so long. */
  readonly openMs: number;
}

export type CircuitState = "closed" | "open" | "half-open";

/** Circuit breaker of one adapter: open after failures in a row, then one probe at a time. */
export class Circuit {
  #policy: CircuitPolicy | undefined;
  #failures: Instant[] = [];
  #openUntil: Instant | undefined;
  #probing = false;

  constructor(policy: CircuitPolicy | undefined) {
    this.#policy = policy;
  }

  /** Another policy from now on (a reload); an open circuit stays open, unless there is none now. */
  repolicy(policy: CircuitPolicy | undefined): void {
    this.#policy = policy;
    if (policy === undefined) this.#close();
  }

  get openUntil(): Instant | undefined {
    return this.#openUntil;
  }

  restore(openUntil: Instant | undefined): void {
    if (this.#policy !== undefined) this.#openUntil = openUntil;
  }

  state(now: Instant): CircuitState {
    if (this.#openUntil === undefined) return "closed";
    return now < this.#openUntil ? "open" : "half-open";
  }

  /** The earliest time for a request; undefined while a probe is under way: its end says more. */
  free(now: Instant): Instant | undefined {
    if (this.#openUntil === undefined) return now;
    if (this.#probing) return undefined;
    return Math.max(now, this.#openUntil);
  }

  /** A request leaves. */
  sending(now: Instant): void {
    if (this.state(now) === "half-open") this.#probing = true;
  }

  /** What came of it; says whether the circuit changed. */
  ended(ok: boolean, now: Instant): "opened" | "closed" | undefined {
    if (ok) {
      const changed = this.#openUntil !== undefined;
      this.#close();
      return changed ? "closed" : undefined;
    }
    if (this.#policy === undefined) return undefined;
    const { failures, withinMs, openMs } = this.#policy;
    const probe = this.#probing;
    // Requests that left before it opened still come back; only a probe prolongs it.
    if (this.#openUntil !== undefined && !probe) return undefined;
    this.#probing = false;
    this.#failures = [...this.#failures.filter((at) => at > now - withinMs), now].slice(-failures);
    if (!probe && this.#failures.length < failures) return undefined;
    this.#openUntil = now + openMs;
    return "opened";
  }

  #close(): void {
    this.#failures = [];
    this.#openUntil = undefined;
    this.#probing = false;
  }
}
