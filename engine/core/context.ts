import { NeedsFact } from "../model/evaluation-error.ts";
import { factKey } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Block, StepPlan } from "../model/plan/step.ts";
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
  const { input } = draft;
  const late = draft.nodes[path]?.late === true;
  const context: StepContext = {
    path,
    id: step.id,
    generation: input.generation,
    flow: draft.flow,
    run: input.run,
    now: input.now,
    event: options.event,
    get memo() {
      return draft.nodes[path]?.memo;
    },
    get failures() {
      return draft.nodes[path]?.failures ?? 0;
    },
    round: roundOf(draft, path),
    prepared: options.prepared,
    draining: frame.draining || late,
    late,
    facts: input.facts,

    record: (memo) => draft.patch(path, { memo }),
    keep: (name, value) => draft.setResult(`${path}${name}`, value),
    kept: (name) => draft.results.get(`${path}${name}`),
    forget: (under) => {
      if (isUndoable(draft, under)) return false;
      draft.forget(under);
      return true;
    },

    evaluate: (value, more) =>
      evaluateIn(draft, path, value, { ...scopeAt(draft, frame), ...more }),
    evaluateIn: (value, scope, more) => evaluateIn(draft, path, value, scope, more),
    root: (name) => scopeAt(draft, frame)[name] as Json,
    fact: (request) => {
      const value = input.facts.get(factKey(request));
      if (value === undefined) throw new NeedsFact(request);
      return value;
    },
    digest: (text) => input.digest(text),
    effectKey: (effect) => effectKey(input, effect),
    block: (steps, more) =>
      walkInner(draft, steps, innerFrame(frame, late, more), options.walk, more),
    ...outputs(draft, path),
    deliver: (delivery) => {
      const context = businessContext(draft, path, frame);
      draft.deliveries.push({ ...delivery, context: { ...context, ...delivery.context } });
    },
  };
  return context;
}

/** What a partner's own logs may say of the case that a request belongs to. */
function businessContext(
  draft: Draft,
  path: string,
  frame: Frame,
): Readonly<Record<string, string>> {
  const { flow, input } = draft;
  const { correlationId } = input.run.message;
  const context: Record<string, string> = { correlation: correlationId, flow: flow.name };
  if (input.run.laneKey !== null) context["key"] = input.run.laneKey;
  for (const [name, template] of Object.entries(flow.context ?? {})) {
    const value = evaluateIn(draft, path, template, scopeAt(draft, frame)) ?? null;
    if (value !== null) context[name] = textOf(value);
  }
  return context;
}

/** An undo has the round of what it undoes; `on-error` has its own. */
function roundOf(draft: Draft, path: string): number {
  const of = path.startsWith("on-error.") ? "on-error" : path.replace(/^undo\./, "");
  return draft.state.rounds?.[of] ?? 0;
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

/** What a step gives rise to, collected into the decision. */
function outputs(draft: Draft, path: string) {
  return {
    history: (what, detail, at) => draft.note(at ?? path, what, detail),
    resend: (deliveryId, due) =>
      draft.resends.push({ deliveryId, due, attempt: draft.nodes[path]?.failures ?? 0 }),
    cancelDeliveries: (prefix) => draft.cancelDeliveries.push(prefix),
    timer: (name, due) => draft.timer(path, name, due),
    cancelTimer: (name) => draft.cancelTimer(path, name),
    emit: (event) => draft.emits.push(event),
    child: (child) => draft.children.push(child),
    compensate: (childRunId) => draft.compensations.push({ childRunId, path }),
    listen: (listen) => draft.listens.push(listen),
    decline: (messageId) => draft.declines.push({ path, messageId }),
    task: (task) => draft.tasks.push(task),
    close: () => draft.closes.push(path),
    remember: (patch) => {
      draft.remembers.push(patch);
      draft.laneState = mergePatch(isJsonObject(draft.laneState) ? draft.laneState : {}, patch);
      draft.version += 1;
    },
    respond: (response) => {
      if (draft.state.responded === true) return;
      draft.response = response;
      draft.state.responded = true;
    },
    issue: (failure) => {
      const { code, message } = failure;
      draft.note(path, "reported", { code, message });
      draft.report("issue", path, failure);
    },
    link: (link) => draft.links.push(link),
    conflict: (conflict) => draft.conflicts.push(conflict),
    cache: (entry) => draft.caches.push(entry),
    effect: (record) => draft.effects.push(record),
  } satisfies Partial<StepContext>;
}
