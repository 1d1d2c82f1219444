import type { EvaluationContext, Expression, Scope, Template } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunSnapshot } from "../model/run.ts";
import { messageView } from "../steps/shared/message-view.ts";
import type { World } from "./decide-input.ts";
import type { Draft } from "./draft.ts";
import type { Frame } from "./frame.ts";
import { stepsRoot } from "./visible-steps.ts";

/** What expressions of a flow see from here. Built anew only when something they may read changed. */
export function scopeAt(draft: Draft, frame: Frame): Scope {
  const before = draft.scopes.get(frame);
  if (before?.version === draft.version) return before.scope;
  const scope = {
    ...(draft.fixed ??= fixedRoots(draft)),
    state: stateRoot(draft),
    steps: stepsRoot(draft.flow, draft.results, frame),
    ...frame.roots,
  };
  draft.scopes.set(frame, { version: draft.version, scope });
  return scope;
}

/** The roots that no step of a decision changes. */
function fixedRoots({ input }: Draft): Scope {
  const message = messageView(input.run.message);
  return {
    message,
    run: runView(input.run, message["receivedAt"] ?? null),
    env: envRoot(input.generation, input),
  };
}

/** `$run`: who is running, for texts and links; no effect's identity is made from it. */
function runView(run: RunSnapshot, receivedAt: Json): Json {
  return {
    id: run.id,
    flow: run.flow,
    generation: run.generation,
    identity: run.identity,
    key: run.laneKey,
    correlationId: run.message.correlationId,
    receivedAt,
    replayOf: run.replayOf ?? null,
  };
}

/** `$env`: the declared environment values, with their defaults. */
export function envRoot(generation: Generation, world: Pick<World, "env">): Json {
  const values: Record<string, Json> = {};
  const { env } = generation.workspace;
  for (const name in env) {
    const value = world.env(name) ?? env[name]?.default;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** `$state`: the flow's defaults, and the lane's own state over them. */
function stateRoot(draft: Draft): Json {
  const { flow, laneState } = draft;
  if (flow.state === undefined) return laneState ?? {};
  const defaults = flow.state.evaluate(
    {},
    evaluationContext(draft, draft.input.generation, "state"),
  );
  if (!isJsonObject(defaults)) return laneState ?? {};
  return isJsonObject(laneState) ? { ...defaults, ...laneState } : defaults;
}

/** What comes in by the door while an expression is evaluated. */
export function evaluationContext(
  world: Pick<World, "now" | "facts">,
  generation: Generation,
  seed: string,
): EvaluationContext {
  return { now: world.now, seed, facts: world.facts, codes: generation.codes };
}

/** Evaluates with exactly these roots. */
export function evaluateIn(
  draft: Draft,
  path: string,
  value: Expression | Template,
  scope: Scope,
  more?: Partial<EvaluationContext>,
): Json | undefined {
  const { run, generation } = draft.input;
  const seed = `${run.flow}|${run.identity}|${path}`;
  const { facts, now } = draft;
  return value.evaluate(scope, { now, seed, facts, codes: generation.codes, ...more });
}

export function laneOf(flow: FlowPlan): string {
  return flow.lane ?? flow.name;
}
