import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Log } from "../../ports/log.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { Memory } from "./refresh-tokens.ts";
import type { ResolveName, Wire } from "./pools.ts";

/** What the transport needs, and its limits. */
export interface TransportOptions {
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  /** Names of signed assertions; without it they have none. */
  readonly ids?: Ids;
  /** Keeps replaced refresh tokens over a restart. */
  readonly memory?: Memory;
  /** Told when log-ins of an adapter begin to fail, or are granted again. */
  readonly logInChanged?: () => void;
  /** Hosts (`api.example.com`, `*.example.com`) beside each adapter's `base-url` and the workspace's `egress`. */
  readonly egress?: readonly string[];
  /** Largest response body in bytes; 16 MiB unless told. */
  readonly responseLimit?: number;
  /** Longest wait for a connection in milliseconds; 10 s unless told. */
  readonly connectTimeoutMs?: number;
  /** Finds the addresses of a name; the system's own way unless told. */
  readonly resolveName?: ResolveName;
  /** Another way to an origin than sockets: a simulation gives its own network. */
  readonly wire?: (origin: string) => Wire;
}
