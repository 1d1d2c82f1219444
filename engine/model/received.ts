import type { ApiResponse } from "./decision.ts";
import type { Instant, Json } from "./json.ts";
import type { Channel, ReplayNote } from "./message.ts";

/**
 * One fact or request as a channel took it in: verified, decoded and named, but not yet a message.
 * The engine gives it an id, finds the flows it starts and stores it; what a channel cannot know
 * (ids, runs, retention) is not in here.
 */
export interface Received {
  readonly channel: Channel;
  /** Dedupe namespace: an adapter's feed (`stripe.events`), `api`, `schedule`, or an operator. */
  readonly source: string;
  /** Event name, `<adapter>.<webhook or poll>`, or the flow's name for `api` and `schedule`. */
  readonly type: string;
  /** Unique within `source`. */
  readonly dedupeKey: string;
  readonly data: Json;
  /** Selected request headers, lower-cased; never credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set where the trigger itself names the flow (`api`, `schedule`, `manual`): no other one starts. */
  readonly flow?: string;
  readonly subject?: string;
  /** When it happened, as the source says. */
  readonly time?: Instant;
  readonly sequence?: string | number;
  /** Bytes as received, where they say more than `data`. */
  readonly raw?: Uint8Array;
  /** The caller's own correlation id and W3C `traceparent`, when it sent well-formed ones. */
  readonly correlationId?: string;
  readonly traceparent?: string;
  /** A remembered write of the same record, which this news shows to be over. */
  readonly overrides?: string;
  /** The caller waits for the flow's answer until then. */
  readonly respondBy?: Instant;
  /** Set for a replay. */
  readonly replay?: ReplayNote;
  /**
   * Set when it makes no sense (a mapping cannot digest it, no rule takes it): it is kept for a
   * person, never refused, since the sender cannot mend it.
   */
  readonly invalid?: { readonly code: string; readonly message: string };
}

/** What became of something received; `accepted` and `duplicate` mean that it is on disk. */
export type ReceiveAnswer =
  | {
      readonly outcome: "accepted" | "duplicate";
      /** The first message's id when it is a duplicate. */
      readonly messageId: string;
      readonly runs: readonly { readonly id: string; readonly flow: string }[];
    }
  /** Nothing was stored: too much is waiting, the engine is stopping, or its store cannot write. */
  | {
      readonly outcome: "refused";
      readonly reason: "busy" | "stopping" | "store";
      /** Sentence for the sender. */
      readonly message: string;
      readonly retryAt: Instant;
    };

/** What came of an API call. */
export type CallAnswer =
  | {
      readonly outcome: "answered";
      readonly messageId: string;
      readonly runId: string;
      readonly response: ApiResponse;
    }
  /** Not answered in time, or by a flow that gives none: 202 with a Location. */
  | { readonly outcome: "pending"; readonly messageId: string; readonly runId?: string }
  | Extract<ReceiveAnswer, { readonly outcome: "refused" }>;
