import type { Delivery } from "../../model/delivery.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { RawOutcome } from "../../model/request.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Log } from "../../ports/log.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { Encode } from "../shared/read-request.ts";
import type { Receiver } from "../shared/receiver.ts";

/** What a webhook should have brought and did not. */
export interface Gap {
  readonly adapter: string;
  readonly webhook: string;
  readonly poll: string;
  /** Dedupe keys of the rows. */
  readonly ids: readonly string[];
}

/** What polls need. */
export interface PollOptions {
  readonly receiver: Receiver;
  /**
   * How many more rows may be handed over at once, at least one: what is on its way to the disk is not
   * counted before it is there, so that a page taken at once could be more than is to be under way.
   */
  readonly room: () => number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly secrets: Secrets;
  /**
   * Sends one read and says what came of it: the engine's way through the adapter's budget,
   * concurrency and circuit, or a transport's own `send`.
   */
  readonly send: (delivery: Delivery, generation: Generation) => Promise<RawOutcome>;
  /** Decodes typed values of an answer (the adapter's `codec`); unchanged unless given. */
  readonly decode?: (body: Json, adapter: AdapterPlan) => Json;
  readonly encode?: Encode;
  /** Told of what a gap check found that a webhook had not brought. */
  readonly missed?: (gap: Gap) => Promise<void>;
  /** A gap check came to its end: how much the webhook had missed. */
  readonly checked?: (check: Omit<Gap, "ids"> & { readonly missed: number }) => void;
  /** The value saved under this name, null when there is none. */
  readonly checkpoint: (name: string) => Promise<Json>;
  readonly saveCheckpoint: (name: string, value: Json, now: Instant) => Promise<void>;
}
