import type { Failure } from "../errors/failure.ts";
import type {
  CacheEntry,
  ApiResponse,
  CrosswalkLink,
  EffectRecord,
  NewChild,
  NewDelivery,
  NewEvent,
  NewListen,
  NewTask,
  OwnershipConflict,
} from "../model/decision.ts";
import type {
  EvaluationContext,
  Expression,
  FactRequest,
  Scope,
  Template,
} from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
import type { RunEvent, TimerName } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";

/** How far a step or a block of steps has come. */
export type Progress =
  | { readonly kind: "done"; readonly result?: Json }
  /** Something is still out: a delivery, a timer, a person, an event, a child run. */
  | { readonly kind: "open" }
  /** Not started, since a sibling branch failed. */
  | { readonly kind: "idle" }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      /** The class by which the retry policy judges it, when it is not the failure's own. */
      readonly retryAs?: Failure["class"];
      /** No retry could be made before the step's time is up. */
      readonly inVain?: true;
      /** Not a failure of the partner (we crashed): tried again at once, and not counted. */
      readonly uncounted?: true;
      /**
       * It may have taken effect. When retries are used up that must be found out, by a look-up or by
       * a person, before anything is undone; `where-undone`: only if the step itself has an `undo`.
       */
      readonly doubtful?: true | "where-undone";
    }
  /** The run ends here, and nothing is wrong. */
  | { readonly kind: "stopped"; readonly code: string; readonly message: string }
  /** A person must look: neither caught nor retried. */
  | {
      readonly kind: "parked";
      readonly as: "invalid" | "in-doubt" | "dead";
      readonly failure: Failure;
    };

/** What happens to one step. `again`: its wait before a retry is over. */
export type StepEvent =
  | Extract<
      RunEvent,
      { kind: "outcome" | "timer" | "matched" | "chosen" | "child-ended" | "resume" }
    >
  | { readonly kind: "again" };

export interface BlockOptions {
  /** Path under which the steps of the block stand; that of the enclosing block unless told. */
  readonly under?: string;
  /** Roots bound inside, such as `item`. */
  readonly roots?: Scope;
  /** Names the steps of an item: its ids are its own. Holds the id of the split. */
  readonly itemOf?: string;
  /** Finishes what was sent, starts nothing new. */
  readonly draining?: boolean;
  /** The result of the block when it is done, evaluated with the ids inside. */
  readonly collect?: Template;
}

/**
 * What a step kind may use while it decides. Everything it asks for is collected into the decision
 * of this event; nothing takes effect before that is committed.
 */
export interface StepContext {
  readonly path: string;
  readonly id: string;
  readonly generation: Generation;
  readonly flow: FlowPlan;
  readonly run: RunSnapshot;
  readonly now: Instant;
  /** The event that concerns this step; absent when it starts, and when another step is concerned. */
  readonly event: StepEvent | undefined;
  /** What the step recorded last time; undefined when it starts. */
  readonly memo: Json | undefined;
  /** How often the step was undone before: its effects have other keys each time. */
  readonly round: number;
  /** Failures so far. */
  readonly failures: number;
  /** Inputs stored when the step to be undone completed; only in an undo. */
  readonly prepared: Json | undefined;
  /** Set while a sibling branch failed: finish what was sent, start nothing new. */
  readonly draining: boolean;
  /** The step's timeout has passed: no more retries. */
  readonly late: boolean;
  /** When the step's timeout will have passed. */
  readonly timeIsUpAt: Instant | undefined;

  record(memo: Json): void;
  /** A value of the step too large for its memo; read back by `kept`. */
  keep(name: string, value: Json): void;
  kept(name: string): Json | undefined;
  /**
   * Takes the steps under a path, all of them over, out of the run's state: only its history knows
   * them then. False, and nothing is done, while one of them can be undone.
   */
  forget(under: string): boolean;

  /** The value of an expression or template; `more` adds roots to those in scope. */
  evaluate(value: Expression | Template, more?: Scope): Json | undefined;
  /** As `evaluate`, with exactly these roots. */
  evaluateIn(
    value: Expression | Template,
    scope: Scope,
    more?: Partial<EvaluationContext>,
  ): Json | undefined;
  /** `$env`, `$run` and `$message` as expressions see them. */
  root(name: "env" | "run" | "message"): Json;
  /** A fact; throws `NeedsFact` when it is not known yet. */
  fact(request: FactRequest): Json;
  readonly facts: ReadonlyMap<string, Json>;
  digest(text: string): string;
  /** The key of an effect: business identity of the run, and the path of the effect in it. */
  effectKey(path: string): string;

  block(steps: Block, options?: BlockOptions): Progress;

  history(what: string, detail?: Json, path?: string): void;
  deliver(delivery: NewDelivery): void;
  /** `sendBefore`: until when the partner knows the key of a write that may have happened. */
  resend(deliveryId: string, due: Instant, sendBefore?: Instant): void;
  cancelDeliveries(pathPrefix: string): void;
  timer(name: TimerName, due: Instant): void;
  cancelTimer(name: TimerName): void;
  emit(event: NewEvent): void;
  child(child: NewChild): void;
  compensate(childRunId: string): void;
  listen(listen: NewListen): void;
  /** The event that this step's listen was told of is not for it: it listens on. */
  decline(messageId: string): void;
  task(task: NewTask): void;
  /** Ends the open listens and tasks of this step. */
  close(): void;
  remember(patch: Json): void;
  respond(response: ApiResponse): void;
  issue(failure: Failure): void;
  link(link: CrosswalkLink): void;
  conflict(conflict: OwnershipConflict): void;
  cache(entry: CacheEntry): void;
  effect(record: EffectRecord): void;
}

/** Steps inside a step, as written: for what must be known of a flow without running it. */
export interface InnerBlock {
  readonly steps: Block;
  /** Appended to the step's own path; absent for blocks that stand at their step's level. */
  readonly under?: string;
  /** The steps belong to an item of this split. */
  readonly perItem?: true;
}

/** What a step kind does. */
export interface Behaviour<Argument = unknown, Beside = unknown> {
  /**
   * Moves the step as far as it can go now. Called when it starts and, while it is open, at every
   * event of the run: with `context.event` where the event concerns this step.
   */
  advance(step: StepPlan<Argument, Beside>, context: StepContext): Progress;
  /** The blocks inside, for kinds that have some. */
  blocks?(step: StepPlan<Argument, Beside>): readonly InnerBlock[];
  /** Retried by the default policy; other kinds only by a policy of their own step. */
  readonly retried?: true;
  /** Tries again what failed last, not before `due`; without it the step starts anew. */
  again?(step: StepPlan<Argument, Beside>, context: StepContext, due: Instant): Progress;
  /**
   * Its retries are used up, and it may have taken effect: asks the partner. Undefined where the
   * partner cannot be asked, or was asked and gave no answer.
   */
  ask?(step: StepPlan<Argument, Beside>, context: StepContext): Progress | undefined;
  /** The step's timeout has passed. True: it waits for an outcome that must be known first. */
  expire?(step: StepPlan<Argument, Beside>, context: StepContext): boolean;
  /** What may stand in for a failure that the step met by its time-out: an older answer. */
  instead?(
    step: StepPlan<Argument, Beside>,
    context: StepContext,
    failure: Failure,
  ): Json | undefined;
  /** Drops a wait that nobody needs any more. False: it must be waited for. */
  cancel?(step: StepPlan<Argument, Beside>, context: StepContext): boolean;
  /** Inputs to store for the case that this step is a compensation. */
  prepare?(step: StepPlan<Argument, Beside>, context: StepContext): Json;
  /** Keys of the effects the step had, freed when it was undone. */
  effects?(memo: Json): readonly Pick<EffectRecord, "key" | "path">[];
  /**
   * Names of the writes that took effect before the step failed, and its result as far as it is known
   * by then; `all`: those that are set rather than made, too.
   */
  left?(
    step: StepPlan<Argument, Beside>,
    context: StepContext,
    all: boolean,
  ): { readonly writes: readonly string[]; readonly result?: Json };
  /** Undoes a completed step that has no `undo` of its own. `memo` is the completed step's. */
  compensate?(step: StepPlan<Argument, Beside>, context: StepContext, memo: Json): Progress;
  /** Whether `compensate` may have something to do. */
  compensable?(step: StepPlan<Argument, Beside>, generation: Generation): boolean;
}
