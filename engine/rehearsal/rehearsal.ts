import type { Failure } from "../errors/failure.ts";
import type { ApiResponse, NewChild, NewDelivery, NewTask, Problem } from "../model/decision.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Received } from "../model/received.ts";
import type { RawOutcome } from "../model/request.ts";
import type { TaskAnswer } from "../model/run-event.ts";
import type { RunState, RunStatus } from "../model/run.ts";

/**
 * A rehearsal runs one flow on one message with nothing behind it: no store and no sender exist, so
 * nothing can be written or sent. `plan`, flow tests and backtests are rehearsals with another
 * script.
 */
export interface RehearsalInput {
  readonly generation: Generation;
  /** The message as a channel would hand it over. */
  readonly received: Received;
  readonly flow: string;
  readonly now: Instant;
  /** `$state` of the lane, without defaults. */
  readonly laneState?: Json;
  /** Events that came before the message: a `listen` finds them, too. */
  readonly early?: readonly EarlyEvent[];
  /** Set for the rehearsal of a replay: it meets the ledger of effects. */
  readonly replayOf?: string;
  /** Of the run that is replayed, where its effects are to be met whatever the flow says now. */
  readonly identity?: string;
  readonly script: Script;
  readonly world: RehearsalWorld;
}

export interface EarlyEvent {
  readonly type: string;
  readonly data: Json;
}

/** What a rehearsal may ask: reads only. */
export interface RehearsalWorld {
  digest(text: string): string;
  env(name: string): string | undefined;
  /** A recorded read; `null` when there is nothing. Never `evaluate`. */
  fact(request: FactRequest): Promise<Json>;
  /** Evaluates what only the asynchronous JSONata library can. */
  evaluate(request: Extract<FactRequest, { kind: "evaluate" }>): Promise<Json>;
}

/** How the world around the run answers. */
export interface Script {
  /** The outcome of one request; undefined leaves it open, and the rehearsal ends there. */
  answer(delivery: NewDelivery, now: Instant): Promise<RawOutcome | undefined>;
  /** The end of a child run; undefined leaves it open. */
  child(child: NewChild): Promise<ChildEnd | undefined>;
  /** What happens next when the run waits; undefined when nothing more does. */
  next(waits: Waits): Happening | undefined;
}

export type ChildEnd = { readonly output: Json } | { readonly failure: Failure };

/** What the run waits for. */
export interface Waits {
  readonly now: Instant;
  readonly tasks: readonly NewTask[];
  readonly listens: readonly {
    readonly path: string;
    readonly event: string;
    readonly correlate: Readonly<Record<string, string>>;
  }[];
  readonly timers: readonly {
    readonly path: string;
    readonly name: string;
    readonly due: Instant;
  }[];
}

/** The retry, settling or wait that is due next: time goes on until then. */
export function soonestTimer({ timers, now }: Waits): Happening | undefined {
  const [soonest] = timers
    .filter(({ name }) => name === "retry" || name === "settle" || name === "wait")
    .toSorted((a, b) => a.due - b.due);
  return soonest && { kind: "after", ms: Math.max(0, soonest.due - now) };
}

export type Happening =
  | ({ readonly kind: "choose"; readonly path: string } & TaskAnswer)
  /** Goes to all who wait for it; kept for a later `listen` besides. */
  | ({ readonly kind: "event" } & EarlyEvent)
  /** Another run of the lane remembered this. */
  | { readonly kind: "state"; readonly patch: Json }
  /** Virtual time goes on; timers that are due fire in order. */
  | { readonly kind: "after"; readonly ms: number };

/** Everything the run did. */
export interface Rehearsed {
  /** False when intake found no run to start (`why` says it), or found the message invalid. */
  readonly started: boolean;
  readonly why?: string;
  readonly status: RunStatus;
  readonly state: RunState;
  readonly results: Readonly<Record<string, Json>>;
  readonly laneKey: string | null;
  readonly identity: string;
  readonly laneState: Json;
  readonly deliveries: readonly RehearsedDelivery[];
  readonly events: readonly { readonly path: string; readonly type: string; readonly data: Json }[];
  readonly children: readonly NewChild[];
  readonly tasks: readonly NewTask[];
  /** `<attribute> <system>` of each value that did not stand in a golden record. */
  readonly conflicts: readonly string[];
  readonly milestones: readonly string[];
  readonly problems: readonly Problem[];
  readonly history: readonly {
    readonly path: string;
    readonly what: string;
    readonly detail?: Json;
  }[];
  readonly response?: ApiResponse;
  readonly end?: ChildEnd;
  readonly waits: Waits;
}

export interface RehearsedDelivery {
  readonly delivery: NewDelivery;
  /** One per attempt; empty when it was left open. */
  readonly outcomes: readonly RawOutcome[];
}

/** One call a flow made, at the level of the contract. */
export interface TestedCall {
  /** `<system>.<operation>`, `<adapter>.<operation>` or `run <flow>`. */
  readonly names: readonly string[];
  readonly input: Json;
}
