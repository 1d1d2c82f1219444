import { HttpTransport } from "./transport.ts";
import type { TransportOptions } from "./transport-options.ts";

export type { LogIn } from "./credentials.ts";
export { Poster } from "./post.ts";
export type { TransportOptions } from "./transport-options.ts";

/** Opens the way out: connections are made on demand and closed by `close`. */
export function createTransport(options: TransportOptions): HttpTransport {
  return new HttpTransport(options);
}
