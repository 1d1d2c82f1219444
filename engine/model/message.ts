import type { Instant, Json } from "./json.ts";

/** How a message came in. `run` and `event` are made by the engine itself. */
export type Channel = "webhook" | "api" | "schedule" | "poll" | "event" | "run" | "manual";

/** One step of an ended run, to be taken once more: nothing else of its flow is. */
export type SingleStep = {
  /** Where it stands in the run: `steps.order`. */
  readonly path: string;
  /** The run whose results the step sees. */
  readonly runId: string;
  /**
   * Set where what the ledger has is sent all the same: under the key that it has, which the partner
   * knows again, or under a key of this replay's own, as another effect.
   */
  readonly again?: SendAgain;
};

export const sendAgains = ["same-key", "new-key"] as const;
export type SendAgain = (typeof sendAgains)[number];

/** What is known of a replay beside what it is a replay of. */
export interface ReplayNote {
  readonly by: string;
  readonly reason?: string;
  readonly job?: number;
  /** A person changed its data; the original has its own. */
  readonly edited?: true;
  /** Set where only one step is replayed. */
  readonly only?: SingleStep;
}

/**
 * One accepted event or request; append-only. The envelope follows CloudEvents 1.0: `id`, `source`,
 * `type`, `subject`, `time`, `data`.
 */
export interface Message {
  /** UUIDv7 (RFC 9562), lower case with dashes: time-ordered. */
  readonly id: string;
  readonly channel: Channel;
  /** Where it came from: adapter name, flow name, `api`, `schedule`, or the name of an operator. */
  readonly source: string;
  /** Event name (`crm.opportunity.won`) or endpoint (`salesforce.opportunityChanged`). */
  readonly type: string;
  /** Unique within `source`; a second message with it is a duplicate. */
  readonly dedupeKey: string;
  readonly subject?: string;
  /** When it happened, as the source says; `receivedAt` where the source does not say. */
  readonly time: Instant;
  readonly receivedAt: Instant;
  /** Order within its key, as the source says: a version or a time. */
  readonly sequence?: string | number;
  readonly data: Json;
  /** Selected request headers, lower-cased; never credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** One id from the first cause to the last effect. */
  readonly correlationId: string;
  /** W3C trace context of this message. */
  readonly traceparent: string;
  /** The run that emitted or started this, and the message before it. */
  readonly cause?: { readonly runId: string; readonly messageId: string };
  /** The message this one is a replay of. */
  readonly replayOf?: string;
  /** Of a replay: who asked for it, why, by which job, and whether its data is another. */
  readonly replay?: ReplayNote;
}
