import type { Delivery } from "../model/delivery.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RawOutcome } from "../model/request.ts";

/** How fast a partner may be asked: what it is told of one delivery. */
export interface Pace {
  /** A request is handed to a socket now. */
  left(): void;
  /** Resolves when the partner may have one more request; false where that is too long to wait for. */
  again(): Promise<boolean>;
}

/**
 * Sends one delivery and says what came of it. It adds credentials, the idempotency key, the
 * correlation id and `traceparent`; it logs in and renews sessions (single-flight per adapter). It
 * never retries an effect by itself, except where the partner refused before any effect (401, then
 * renewed log-in), and then only as `pace` allows. Never throws.
 */
export interface Transport {
  send(delivery: Delivery, generation: Generation, pace?: Pace): Promise<RawOutcome>;
  close(): Promise<void>;
}
