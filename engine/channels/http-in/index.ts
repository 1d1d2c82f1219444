import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Log } from "../../ports/log.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { EnginePort } from "./engine-port.ts";

export type { EnginePort, PauseTarget, ReplayRequest } from "./engine-port.ts";

/** What the server needs, and where it listens. */
export interface ServerOptions {
  readonly engine: EnginePort;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** `server.host` of the workspace, or 127.0.0.1, unless told. */
  readonly host?: string;
  /** `server.port` of the workspace, or 8080, unless told; 0 for any free one. */
  readonly port?: number;
}

/** A listening server. */
export interface HttpServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connection, ends the idle ones, and waits for the others at most `drainMs`. */
  close(drainMs?: number): Promise<void>;
}
