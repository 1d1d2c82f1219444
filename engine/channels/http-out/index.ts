import type { Transport } from "../../ports/transport.ts";
import { HttpTransport } from "./transport.ts";
import type { TransportOptions } from "./transport-options.ts";

export { Poster } from "./post.ts";
export type { TransportOptions } from "./transport-options.ts";

/** Opens the way out: connections are made on demand and closed by `close`. */
export function createTransport(options: TransportOptions): Transport {
  return new HttpTransport(options);
}
