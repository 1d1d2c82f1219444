import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { Pool } from "undici";
import { isForbiddenAddress } from "./egress.ts";

/** Most connections to one origin; each adapter's `concurrency` is far below. */
const connectionsPerOrigin = 256;

/** Keep-alive connections, one pool an origin. */
export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #connectTimeoutMs: number;

  constructor(connectTimeoutMs: number) {
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** The pool of an origin. One that was not declared may not resolve to a forbidden address. */
  of(origin: string, declared: boolean): Pool {
    const key = `${declared ? "declared" : "listed"} ${origin}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      connections: connectionsPerOrigin,
      // One request at a time on a connection: a partner's slow answer holds up no other.
      pipelining: 1,
      // The exchange has its own deadline over everything, by the engine's clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: this.#connectTimeoutMs,
        ...(declared ? {} : { lookup: guardedLookup }),
      },
    });
    this.#pools.set(key, pool);
    return pool;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

/** Name resolution that refuses names which point at forbidden addresses (DNS rebinding). */
const guardedLookup: LookupFunction = (hostname, options, done) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, "", 0);
    const first = addresses[0];
    if (first === undefined || addresses.some(({ address }) => isForbiddenAddress(address))) {
      const refusal = Object.assign(new Error("the name leads to a forbidden address"), {
        code: "EFORBIDDENADDRESS",
      });
      return done(refusal, "", 0);
    }
    if (options.all === true) return done(null, addresses);
    done(null, first.address, first.family);
  });
};
