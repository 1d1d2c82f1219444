import type { Delivery } from "../model/delivery.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RawOutcome } from "../model/request.ts";

/**
 * Sends one delivery and says what came of it. It adds credentials, the idempotency key, the
 * correlation id and `traceparent`; it logs in and renews sessions (single-flight per adapter). It
 * never retries an effect by itself, except where the partner refused before any effect (401, then
 * renewed log-in). Never throws.
 */
export interface Transport {
  send(delivery: Delivery, generation: Generation): Promise<RawOutcome>;
  close(): Promise<void>;
}
