import type { Decide, DecideInput, TakeIn } from "../core/index.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Log } from "../ports/log.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Signals } from "../ports/signals.ts";
import type { Store } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";

/** All that the engine is given: the ports, the pure rules, and what only the composition root knows. */
export interface World {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly signals?: Signals;
  readonly rules: Rules;
  /** SHA-256 of a text, hex. */
  digest(text: string): string;
  /**
   * Evaluates what only the asynchronous JSONata library can. Rejects with `ExpressionError`, or
   * with `NeedsFact` when `facts` lacks something.
   */
  evaluate(request: EvaluateRequest, context: EvaluateContext): Promise<Json>;
  /** Compiles the stored texts of an older generation; undefined when this version cannot. */
  compile(files: Readonly<Record<string, string>>): Promise<Generation | undefined>;
  /** What keeps a generation from running here (a missing secret, a taken port); none when it can. */
  preflight?(generation: Generation): Promise<readonly Diagnostic[]>;
  /** What passed its preflight did not become the current generation after all. */
  abandoned?(): Promise<void>;
  /** A text that may quote a run's record, without what is personal of it: for the log. */
  words?(generation: Generation, run: RunSnapshot, text: string): string;
  /** Told when the current generation changed: schedules, polls and routes follow it. */
  adopted?(generation: Generation): void;
  readonly limits?: Partial<Limits>;
}

/** What the pure rules may ask while they decide. */
export type Door = Pick<DecideInput, "digest" | "env">;

/** Made once: the rules are asked several times for each message. */
export function doorOf(world: Pick<World, "digest" | "secrets">): Door {
  return { digest: (text) => world.digest(text), env: (name) => world.secrets.env(name) };
}

interface EvaluateContext {
  readonly generation: Generation;
  readonly now: Instant;
  readonly facts: ReadonlyMap<string, Json>;
}

export type EvaluateRequest = Extract<FactRequest, { readonly kind: "evaluate" }>;

/** Bounds of what is in memory at once, and of what waits on disk. */
export interface Limits {
  /** Runs that are being decided at once. */
  readonly deciding: number;
  /** Deliveries of one adapter held in memory; the rest waits in the store. */
  readonly queued: number;
  /** Runs neither ended nor parked beyond which `receive` refuses; high priority has twice of it. */
  readonly backlog: number;
  /** How often a run may be claimed without a commit (it kills the process) before it parks. */
  readonly claims: number;
}

export const defaultLimits: Limits = {
  deciding: 64,
  queued: 64,
  backlog: 1_000_000,
  claims: 20,
};

/** The pure half of the engine: what `core` decides. */
interface Rules {
  readonly decide: Decide;
  readonly intake: TakeIn;
}
