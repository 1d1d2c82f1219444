import type { Failure } from "../errors/failure.ts";
import type {
  ApiResponse,
  CacheEntry,
  CrosswalkLink,
  EffectRecord,
  NewChild,
  NewDelivery,
  NewEvent,
  NewListen,
  NewTask,
  OwnershipConflict,
} from "../model/decision.ts";
import { NeedsFact } from "../model/evaluation-error.ts";
import {
  type EvaluationContext,
  type Expression,
  factKey,
  type FactRequest,
  type Scope,
  type Template,
} from "../model/expression.ts";
import { type Instant, isJsonObject, type Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
import type { TimerName } from "../model/run-event.ts";
import type { RunSnapshot } from "../model/run.ts";
import type { BlockOptions, Progress, StepContext, StepEvent } from "../steps/behaviour.ts";
import { mergePatch } from "../model/merge-patch.ts";
import { textOf } from "../steps/shared/truth.ts";
import type { Draft } from "./draft.ts";
import { effectKey } from "./effect-key.ts";
import type { Frame } from "./frame.ts";
import { evaluateIn, scopeAt } from "./scope.ts";
import { isUndoable } from "./undoables.ts";

/** Walks a block of steps: given by the walk itself, so that contexts know no walk. */
export type WalkBlock = (draft: Draft, steps: Block, frame: Frame) => Progress;

export interface ContextOptions {
  readonly event?: StepEvent | undefined;
  readonly prepared?: Json | undefined;
  readonly walk: WalkBlock;
}

/** What one step may use while it decides. */
export function stepContext(
  draft: Draft,
  step: StepPlan,
  path: string,
  frame: Frame,
  options: ContextOptions,
): StepContext {
  return new DraftContext(draft, step, path, frame, options);
}

/** A class, and no object of closures: contexts are made at every step of every decision. */
class DraftContext implements StepContext {
  readonly path: string;
  readonly id: string;
  readonly generation: Generation;
  readonly flow: FlowPlan;
  readonly run: RunSnapshot;
  readonly now: Instant;
  readonly event: StepEvent | undefined;
  readonly round: number;
  readonly prepared: Json | undefined;
  readonly draining: boolean;
  readonly late: boolean;
  readonly timeIsUpAt: Instant | undefined;
  readonly #draft: Draft;
  readonly #frame: Frame;
  readonly #walk: WalkBlock;

  constructor(
    draft: Draft,
    step: StepPlan,
    path: string,
    frame: Frame,
    { event, prepared, walk }: ContextOptions,
  ) {
    const { input } = draft;
    this.path = path;
    this.id = step.id;
    this.generation = input.generation;
    this.flow = draft.flow;
    this.run = input.run;
    this.now = input.now;
    this.event = event;
    this.round = roundOf(draft, path);
    this.prepared = prepared;
    this.late = draft.nodes[path]?.late === true;
    this.draining = frame.draining || this.late;
    this.timeIsUpAt = timeIsUpAt(draft, step, path);
    this.#draft = draft;
    this.#frame = frame;
    this.#walk = walk;
  }

  get facts(): ReadonlyMap<string, Json> {
    return this.#draft.facts;
  }

  get memo(): Json | undefined {
    return this.#draft.nodes[this.path]?.memo;
  }

  get failures(): number {
    return this.#draft.nodes[this.path]?.failures ?? 0;
  }

  record(memo: Json): void {
    this.#draft.patch(this.path, { memo });
  }

  keep(name: string, value: Json): void {
    this.#draft.setResult(`${this.path}${name}`, value);
  }

  kept(name: string): Json | undefined {
    return this.#draft.results.get(`${this.path}${name}`);
  }

  forget(under: string): boolean {
    if (isUndoable(this.#draft, under)) return false;
    this.#draft.forget(under);
    return true;
  }

  evaluate(value: Expression | Template, more?: Scope): Json | undefined {
    const scope = scopeAt(this.#draft, this.#frame);
    return evaluateIn(
      this.#draft,
      this.path,
      value,
      more === undefined ? scope : { ...scope, ...more },
    );
  }

  evaluateIn(
    value: Expression | Template,
    scope: Scope,
    more?: Partial<EvaluationContext>,
  ): Json | undefined {
    return evaluateIn(this.#draft, this.path, value, scope, more);
  }

  root(name: "env" | "run" | "message"): Json {
    return scopeAt(this.#draft, this.#frame)[name] as Json;
  }

  fact(request: FactRequest): Json {
    const value = this.facts.get(factKey(request));
    if (value === undefined) throw new NeedsFact(request);
    return value;
  }

  digest(text: string): string {
    return this.#draft.input.digest(text);
  }

  effectKey(effect: string): string {
    return effectKey(this.#draft.input, effect);
  }

  block(steps: Block, more?: BlockOptions): Progress {
    const frame = innerFrame(this.#frame, this.late, more);
    return walkInner(this.#draft, steps, frame, this.#walk, more);
  }

  history(what: string, detail?: Json, path: string = this.path): void {
    this.#draft.note(path, what, detail);
  }

  deliver(delivery: NewDelivery): void {
    const context = businessContext(this.#draft, this.path, this.#frame);
    this.#draft.deliveries.push({ ...delivery, context });
  }

  resend(deliveryId: string, due: Instant, sendBefore?: Instant): void {
    this.#draft.resends.push({
      deliveryId,
      due,
      attempt: this.failures,
      ...(sendBefore === undefined ? {} : { sendBefore }),
    });
  }

  cancelDeliveries(pathPrefix: string): void {
    this.#draft.cancelDeliveries.push(pathPrefix);
  }

  timer(name: TimerName, due: Instant): void {
    this.#draft.timer(this.path, name, due);
  }

  cancelTimer(name: TimerName): void {
    this.#draft.cancelTimer(this.path, name);
  }

  emit(event: NewEvent): void {
    this.#draft.emits.push(event);
  }

  child(child: NewChild): void {
    this.#draft.children.push(child);
  }

  compensate(childRunId: string): void {
    this.#draft.compensations.push({ childRunId, path: this.path });
  }

  listen(listen: NewListen): void {
    this.#draft.listens.push(listen);
  }

  decline(messageId: string): void {
    this.#draft.declines.push({ path: this.path, messageId });
  }

  task(task: NewTask): void {
    this.#draft.tasks.push(task);
  }

  close(): void {
    this.#draft.closes.push(this.path);
  }

  remember(patch: Json): void {
    const draft = this.#draft;
    draft.remembers.push(patch);
    draft.laneState = mergePatch(isJsonObject(draft.laneState) ? draft.laneState : {}, patch);
    draft.version += 1;
  }

  respond(response: ApiResponse): void {
    if (this.#draft.state.responded === true) return;
    this.#draft.response = response;
    this.#draft.state.responded = true;
  }

  issue(failure: Failure): void {
    const { code, message } = failure;
    this.history("reported", { code, message });
    this.#draft.report("issue", this.path, failure);
  }

  link(link: CrosswalkLink): void {
    this.#draft.link(link);
  }

  conflict(conflict: OwnershipConflict): void {
    this.#draft.conflicts.push(conflict);
  }

  cache(entry: CacheEntry): void {
    this.#draft.caches.push(entry);
  }

  effect(record: EffectRecord): void {
    this.#draft.effects.push(record);
  }
}

/** What the flow says of the case that a request belongs to, for a partner's own logs. */
function businessContext(
  draft: Draft,
  path: string,
  frame: Frame,
): Readonly<Record<string, string>> {
  const context: Record<string, string> = {};
  for (const [name, template] of Object.entries(draft.flow.context ?? {})) {
    const value = evaluateIn(draft, path, template, scopeAt(draft, frame)) ?? null;
    if (value !== null) context[name] = textOf(value);
  }
  return context;
}

/** An undo has the round of what it undoes; `on-error` has its own. */
function roundOf(draft: Draft, path: string): number {
  const { rounds } = draft.state;
  if (rounds === undefined) return 0;
  const of = path.startsWith("on-error.") ? "on-error" : path.replace(/^undo\./, "");
  return rounds[of] ?? 0;
}

/** A step that was let go on by a person after its time was up has no timer any more. */
function timeIsUpAt(draft: Draft, step: StepPlan, path: string): Instant | undefined {
  const { timeout } = step.common;
  const begun = draft.nodes[path]?.startedAt;
  if (timeout === undefined || begun === undefined) return undefined;
  return begun + timeout > draft.now ? begun + timeout : undefined;
}

function innerFrame(frame: Frame, late: boolean, options: BlockOptions = {}): Frame {
  const { under, roots, itemOf } = options;
  const prefix = under ?? frame.prefix;
  return {
    prefix,
    roots: { ...frame.roots, ...roots },
    items: itemOf === undefined ? frame.items : [...frame.items, { of: itemOf, prefix }],
    draining: frame.draining || late || options.draining === true,
  };
}

function walkInner(
  draft: Draft,
  steps: Block,
  frame: Frame,
  walk: WalkBlock,
  options: BlockOptions = {},
): Progress {
  const progress = walk(draft, steps, frame);
  if (progress.kind !== "done" || options.collect === undefined) return progress;
  const result = evaluateIn(draft, frame.prefix, options.collect, scopeAt(draft, frame));
  return result === undefined ? progress : { kind: "done", result };
}
