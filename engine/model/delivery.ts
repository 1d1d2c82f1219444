import type { NewDelivery } from "./decision.ts";
import type { Instant } from "./json.ts";

/** Life of a delivery. `sent` is set only where `markSent` asked for it, or by the relay in memory. */
export type DeliveryStatus = "pending" | "sent" | "settled" | "cancelled";

/** A committed delivery: what the relay takes. */
export interface Delivery extends NewDelivery {
  readonly id: string;
  readonly runId: string;
  readonly flow: string;
  /** Absent for a flow without a lane. */
  readonly laneKey?: string;
  readonly region?: string;
  readonly generation: string;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly status: DeliveryStatus;
  readonly createdAt: Instant;
  /**
   * An earlier attempt may have taken effect, and the partner knows its key until then: whatever held
   * it back, later it does not leave, and its run is told that nobody knows.
   */
  readonly sendBefore?: Instant;
  /**
   * True when a process took it to send and ended without recording what came of it. Never for one
   * that is marked `sent` before it leaves, and was not.
   */
  readonly crashed?: boolean;
}
