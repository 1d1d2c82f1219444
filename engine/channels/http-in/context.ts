import type { Meter } from "./meter.ts";
import type { RateGate } from "./rate-gate.ts";
import type { ServerOptions } from "./server-options.ts";

/** What every handler works with. */
export interface HandlerContext extends ServerOptions {
  readonly meter: Meter;
  readonly rates: RateGate;
}

/** Largest body in bytes unless the workspace or the endpoint says otherwise. */
export const defaultBodyLimit = 1024 * 1024;
