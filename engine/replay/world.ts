import type { Message } from "../model/message.ts";
import type { ReceiveAnswer, Received } from "../model/received.ts";
import type { Clock } from "../ports/clock.ts";
import type { InsightReader } from "../ports/insight-store.ts";
import type { Log } from "../ports/log.ts";
import type { ReplayStore, SingleStepRequest } from "../ports/replay-store.ts";
import type { Unpark } from "../ports/store.ts";
import type { StoreReader } from "../ports/store-reader.ts";

/** What replay jobs are given. */
export interface ReplayWorld {
  readonly store: ReplayStore;
  readonly read: StoreReader;
  readonly issues: InsightReader;
  readonly clock: Clock;
  readonly log: Log;
  /** The engine: takes a message once more, or lets a run go on. */
  readonly replay: (messageId: string, options: ReplayCall) => Promise<ReceiveAnswer>;
  /** One step of an ended run alone; throws `UsageError` where nothing would come of it. */
  readonly replayStep: (request: SingleStepRequest) => Promise<{ readonly answer: ReceiveAnswer }>;
  readonly unpark: (runId: string, answer: Unpark) => Promise<boolean>;
  /** Hash of the generation that new messages are read by. */
  readonly current: () => string;
  /** A stored message's bytes through intake once more. */
  readonly reread: (
    stored: { readonly message: Message; readonly raw?: Uint8Array },
    generation: string,
  ) => Promise<
    | { readonly kind: "received"; readonly received: Received }
    | { readonly kind: "none"; readonly why: string }
  >;
}

export interface ReplayCall {
  readonly by: string;
  readonly flow?: string;
  readonly generation?: string;
  readonly reason?: string;
  readonly job: { readonly number: number; readonly position: number };
  readonly reread?: Received;
}
