import type { Instant } from "../../model/json.ts";
import { retryAfterSeconds } from "../shared/retry-after.ts";
import { Refusal } from "./problem.ts";

/** At most `limit` requests in any span of `per` milliseconds. */
interface Rate {
  readonly limit: number;
  readonly per: number;
}

/** Spans of any rate are cut into so many parts: exact to one of them, and a rate costs no more. */
const parts = 20;
const endpointsMax = 10_000;

interface Window {
  /** Requests by part, the latest last. */
  readonly counts: { readonly part: number; count: number }[];
}

/** Keeps callers to the rate that their endpoint says, by endpoint and caller. */
export class RateGate {
  readonly #windows = new Map<string, Window>();

  /** Counts one request. Throws 429 with `Retry-After` and `RateLimit` beyond the rate. */
  pass(name: string, rate: Rate | undefined, now: Instant): void {
    if (rate === undefined) return;
    const span = rate.per / parts;
    const part = Math.floor(now / span);
    const { counts } = this.#window(name);
    while ((counts[0]?.part ?? Infinity) <= part - parts) counts.shift();
    const used = counts.reduce((sum, { count }) => sum + count, 0);
    if (used >= rate.limit) {
      throw beyond(rate, (counts[0]?.part ?? part) * span + rate.per, now);
    }
    const last = counts.at(-1);
    if (last?.part === part) last.count += 1;
    else counts.push({ part, count: 1 });
  }

  #window(name: string): Window {
    const known = this.#windows.get(name);
    const window = known ?? { counts: [] };
    // The one used last stands last, so that those that went silent are forgotten first.
    this.#windows.delete(name);
    this.#windows.set(name, window);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > endpointsMax && oldest !== undefined) this.#windows.delete(oldest);
    return window;
  }
}

function beyond({ limit, per }: Rate, freeAt: Instant, now: Instant): Refusal {
  const seconds = retryAfterSeconds(freeAt, now);
  const window = Math.max(1, Math.round(per / 1000));
  return new Refusal("http-in/rate", `more than ${limit} requests in ${window} s`, {
    headers: {
      "retry-after": seconds,
      "ratelimit-policy": `"default";q=${limit};w=${window}`,
      ratelimit: `"default";r=0;t=${seconds}`,
    },
    more: { limit, seconds: window },
  });
}
