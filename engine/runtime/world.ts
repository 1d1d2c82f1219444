import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Decided } from "../model/decision.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Log } from "../ports/log.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Signals } from "../ports/signals.ts";
import type { Intake, Store } from "../ports/store.ts";
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
  /** Evaluates what only the asynchronous JSONata library can. Rejects with `ExpressionError`. */
  evaluate(request: EvaluateRequest, generation: Generation): Promise<Json>;
  /** Compiles the stored texts of an older generation; undefined when this version cannot. */
  compile(files: Readonly<Record<string, string>>): Generation | undefined;
  /** What keeps a generation from running here (a missing secret, a taken port); none when it can. */
  preflight?(generation: Generation): Promise<readonly Diagnostic[]>;
  /** Told when the current generation changed: schedules, polls and routes follow it. */
  adopted?(generation: Generation): void;
  readonly limits?: Partial<Limits>;
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
  queued: 512,
  backlog: 1_000_000,
  claims: 20,
};

/** The pure half of the engine: `core`. */
export interface Rules {
  decide(input: DecideInput): Decided;
  intake(input: IntakeInput): IntakeResult;
}

export interface DecideInput {
  readonly generation: Generation;
  readonly run: RunSnapshot;
  readonly event: RunEvent;
  readonly now: Instant;
  /** In [0, 1), for jitter. */
  readonly random: number;
  readonly facts: ReadonlyMap<string, Json>;
  digest(text: string): string;
  env(name: string): string | undefined;
}

export interface IntakeInput {
  readonly generation: Generation;
  readonly received: IntakeSource;
  readonly now: Instant;
  readonly facts: ReadonlyMap<string, Json>;
  /** Ids for the message and its runs. */
  id(): string;
  /** For a message that has none: a new trace, or a span within the parent's. */
  traceparent(parent?: string): string;
  digest(text: string): string;
  env(name: string): string | undefined;
}

/** What a channel received, or what a run made: an emitted event, a child's input, a replay. */
export interface IntakeSource extends Received {
  readonly cause?: { readonly runId: string; readonly messageId: string };
  readonly replayOf?: string;
  /** Set for a child run. */
  readonly parent?: { readonly runId: string; readonly path: string };
  readonly ancestors?: RunSnapshot["ancestors"];
  /** Given by the parent for a child run. */
  readonly identity?: string;
}

export type IntakeResult =
  | { readonly kind: "intake"; readonly intake: Intake }
  | { readonly kind: "needs"; readonly facts: readonly FactRequest[] };
