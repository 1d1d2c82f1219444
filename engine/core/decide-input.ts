import type { Decided } from "../model/decision.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";

/** What comes in by the door with each event and each message. */
export interface World {
  readonly now: Instant;
  /** Values of facts by `factKey`; a fact that was asked for and does not exist is `null`. */
  readonly facts: ReadonlyMap<string, Json>;
  /** A cryptographic hash of a text, in lower-case hex. */
  digest(text: string): string;
  /** An environment value; undefined when it is not set. */
  env(name: string): string | undefined;
}

/** One event of one run, and all that the decision may depend on. */
export interface DecideInput extends World {
  /** The generation the run is pinned to. */
  readonly generation: Generation;
  readonly run: RunSnapshot;
  readonly event: RunEvent;
  /** In [0, 1): the jitter of back-off. The same input with the same number gives the same answer. */
  readonly random: number;
}

/**
 * Decides, or says which facts it needs first: fetch them all (`evaluate` facts by running the
 * expression), add them to `facts` and call again with everything else as it was.
 */
export type Decide = (input: DecideInput) => Decided;
