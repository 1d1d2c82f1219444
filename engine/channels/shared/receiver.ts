import type { FactRequest } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Received, ReceiveAnswer } from "../../model/received.ts";

/** What every inbound channel needs of the engine. */
export interface Receiver {
  /** The generation that new messages are read by; another one after a reload. */
  generation(): Generation;
  /** Stores it with the runs it starts. Durable when it resolves with `accepted` or `duplicate`. */
  receive(received: Received): Promise<ReceiveAnswer>;
  /** As `receive`, of what came together, in its order: nothing overtakes what was refused, but by its priority. */
  receiveInOrder(received: readonly Received[]): Promise<readonly ReceiveAnswer[]>;
  /** Recorded reads (`$xref`, `$reference`, …) for the mappings of webhooks and polls. */
  facts(requests: readonly FactRequest[], now: Instant): Promise<ReadonlyMap<string, Json>>;
}
