import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import type * as Undici from "undici";
import { late } from "../shared/late.ts";
import type { TlsIdentity } from "./certificates.ts";
import { isForbiddenAddress } from "./egress.ts";

const undici = late<typeof Undici>("undici");

/** Finds the addresses of a name, as `dns.lookup` with `all` does. */
export type ResolveName = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The code of the error for a name that leads where nothing may be asked. */
export const forbiddenAddress = "EFORBIDDENADDRESS";

/** Most connections to one origin; each adapter's `concurrency` is far below. */
const connectionsPerOrigin = 256;

/** What an exchange needs of a connection pool. */
export type Wire = Pick<Undici.Dispatcher, "dispatch">;

interface Known {
  readonly id: string;
  readonly pool: Undici.Pool;
}

/** Keep-alive connections, one pool an origin; one an adapter where it has a TLS identity. */
export class Pools {
  readonly #pools = new Map<string, Known>();
  readonly #connectTimeoutMs: number;
  readonly #lookup: LookupFunction;
  readonly #wire: ((origin: string) => Wire) | undefined;

  constructor(
    connectTimeoutMs: number,
    resolve: ResolveName = systemLookup,
    wire?: (origin: string) => Wire,
  ) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#lookup = guarded(resolve);
    this.#wire = wire;
  }

  /**
   * The pool of an origin. Its name may not resolve to a forbidden address. Connections that show
   * `tls` are the adapter's alone; a certificate that was replaced gets new ones.
   */
  of(origin: string, tls?: TlsIdentity & { readonly adapter: string }): Wire {
    if (this.#wire !== undefined) return this.#wire(origin);
    const key = tls === undefined ? origin : `${tls.adapter} ${origin}`;
    const id = tls?.id ?? "";
    const known = this.#pools.get(key);
    if (known?.id === id) return known.pool;
    // What is on its way ends there.
    void known?.pool.close();
    const pool = new (undici().Pool)(origin, {
      connections: connectionsPerOrigin,
      // One request at a time on a connection: a partner's slow answer holds up no other.
      pipelining: 1,
      // The exchange has its own deadline over everything, by the engine's clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: this.#connectTimeoutMs,
        lookup: this.#lookup,
        ...tls?.options,
      },
    });
    this.#pools.set(key, { id, pool });
    return pool;
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }
}

/** Name resolution that refuses names which point at forbidden addresses (DNS rebinding). */
function guarded(resolve: ResolveName): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, "", 0);
      const first = addresses[0];
      if (first === undefined || addresses.some(({ address }) => isForbiddenAddress(address))) {
        const refusal = Object.assign(new Error("the name leads to a forbidden address"), {
          code: forbiddenAddress,
        });
        return done(refusal, "", 0);
      }
      if (options.all === true) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}
