import type { Instant, Json } from "./json.ts";
import type { Message } from "./message.ts";
import type { RunSnapshot } from "./run.ts";

/** A message and the runs that it starts, computed by `core/intake` on the current generation. */
export interface MessageIntake<Run extends IntakeRun = IntakeRun> {
  readonly message: Message;
  /** Bytes as received; stored unless they are the JSON of `message.data`. */
  readonly raw?: Uint8Array;
  readonly runs: readonly Run[];
  /** Correlation fields by which listening runs find it: declared by the event's contract. */
  readonly correlate: Readonly<Record<string, string>>;
  /** A `cache` fact that the message makes void. */
  readonly overrides?: string;
  /** How long an early event is kept for listeners yet to come. */
  readonly keepUntil: Instant;
  /** How long the dedupe key is remembered. */
  readonly dedupeUntil: Instant;
}

/** One run that a message starts. */
export interface IntakeRun {
  readonly id: string;
  readonly flow: string;
  readonly generation: string;
  /** Null for flows without a lane (`key: none`). */
  readonly laneKey: string | null;
  /** Shared lanes have a name; otherwise the flow's. */
  readonly lane: string;
  readonly identity: string;
  readonly identityUntil: Instant;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  readonly order: "every" | "latest" | "gapless";
  /** `gapless`: waits at most until then for the sequence before it; a minute unless told. */
  readonly gapUntil?: Instant;
  /** Set when the message cannot even be read for this flow: the run is born parked. */
  readonly invalid?: { readonly code: string; readonly message: string };
  readonly parent?: NonNullable<RunSnapshot["parent"]>;
  readonly ancestors: RunSnapshot["ancestors"];
  readonly respondBy?: Instant;
  readonly impact?: Json;
  readonly region?: string;
}
