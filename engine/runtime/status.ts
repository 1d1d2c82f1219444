import type { Instant } from "../model/json.ts";
import type { PauseTarget } from "./pause-target.ts";

/** Where the engine stands, for `/status`, metrics and the console. Cheap: nothing is queried. */
export interface EngineStatus {
  readonly state: "new" | "running" | "stopping" | "stopped";
  /** What last went wrong in a loop, until something goes right again. */
  readonly trouble?: { readonly message: string; readonly since: Instant };
  readonly generation: string;
  /** Runs neither ended nor parked. */
  readonly backlog: number;
  /** Runs that are being decided. */
  readonly deciding: number;
  readonly sending: number;
  /** API callers that wait for an answer. */
  readonly waiting: number;
  readonly adapters: readonly AdapterStatus[];
  readonly paused: readonly PauseTarget[];
  /** Earliest time at which something becomes due, as last asked. */
  readonly nextDue?: Instant;
}

export interface AdapterStatus {
  readonly adapter: string;
  /** Deliveries that are due and wait for budget, circuit, a hold or a free connection. */
  readonly queued: number;
  /** When the oldest of them became due. */
  readonly oldestDue?: Instant;
  readonly sending: number;
  readonly budget: readonly {
    readonly limit: number;
    readonly perMs: number;
    /** Requests in the window that ends now. */
    readonly used: number;
  }[];
  readonly circuit: "closed" | "open" | "half-open";
  /** No request before this time: the partner said so, the circuit is open, or the budget is spent. */
  readonly heldUntil?: Instant;
  readonly why?: "budget" | "circuit" | "retry-after" | "paused";
}
