import type { Instant } from "../model/json.ts";
import type { Begun } from "../ports/store-reader.ts";
import type { PauseTarget } from "../model/operator.ts";
import type { UnmappedErrors } from "./unmapped.ts";

/** Where the engine stands, for `/status`, metrics and the console. Cheap: nothing is queried. */
export interface EngineStatus {
  readonly state: "new" | "running" | "stopping" | "stopped";
  /** What last went wrong in a loop, until something goes right again. */
  readonly trouble?: { readonly message: string; readonly since: Instant };
  readonly generation: string;
  /** Runs neither ended nor parked. */
  readonly backlog: number;
  /** Messages that start runs of these priorities are refused: too much is under way. */
  readonly refused: readonly ("high" | "normal" | "low")[];
  /** Runs that are being decided. */
  readonly deciding: number;
  readonly sending: number;
  /** API callers that wait for an answer. */
  readonly waiting: number;
  readonly adapters: readonly AdapterStatus[];
  /** Vendor errors that no rule of their adapter names, since the engine started. */
  readonly unmapped: readonly UnmappedErrors[];
  readonly paused: readonly PauseTarget[];
  readonly draining: readonly PauseTarget[];
  /** Earliest time at which something becomes due, as last asked. */
  readonly nextDue?: Instant;
}

/** How much waits for an adapter, and how long it takes at least at the pace that is allowed. */
export interface AdapterOutlook {
  readonly adapter: string;
  /** Requests on disk, in memory, and those that runs not begun will make as their steps say. */
  readonly requests: number;
  /** Absent where neither a budget nor an answer so far says how quick it goes. */
  readonly drainMs?: number;
}

/** How far a drain has come: what has begun and is not over. */
export interface DrainStatus {
  readonly target: PauseTarget;
  readonly begun: Begun;
}

/** What waits, and how long it takes: it has to be counted in the store. */
export interface Outlook {
  readonly adapters: readonly AdapterOutlook[];
  readonly draining: readonly DrainStatus[];
}

export interface AdapterStatus {
  readonly adapter: string;
  /** Deliveries that are due and wait for budget, circuit, a hold or a free connection. */
  readonly queued: number;
  /** When the oldest of them became due. */
  readonly oldestDue?: Instant;
  readonly sending: number;
  /** Most requests at once. */
  readonly concurrency: number;
  /** How long an answer took lately. */
  readonly averageMs?: number;
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
