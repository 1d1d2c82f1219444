import { ExpressionError, isAbsence, NeedsFact } from "../../model/evaluation-error.ts";
import {
  type EvaluationContext,
  type Expression,
  factKey,
  type FactRequest,
  type Scope,
} from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Soon } from "../../model/soon.ts";

/** Fetches facts that an evaluation met and did not know. */
export type FetchFacts = (
  requests: readonly FactRequest[],
  now: Instant,
) => Promise<ReadonlyMap<string, Json>>;

/** What expressions of an adapter are evaluated with. */
export function contextOf(
  generation: Generation,
  now: Instant,
  seed: string,
  adapter?: string,
): EvaluationContext {
  return {
    now,
    seed,
    facts: noFacts,
    codes: generation.codes,
    ...(adapter === undefined ? {} : { adapter }),
  };
}

const noFacts: ReadonlyMap<string, Json> = new Map();

/**
 * Evaluates, fetches what was missing, and evaluates again until nothing is missing; within this call
 * where nothing is. Throws `ExpressionError`, also when a fact cannot be had.
 */
export function evaluateWithFacts<T>(
  evaluate: (context: EvaluationContext) => T,
  context: EvaluationContext,
  fetch: FetchFacts,
): Soon<T> {
  try {
    return evaluate(context);
  } catch (error) {
    if (!(error instanceof NeedsFact)) throw error;
    return evaluateLater(evaluate, context, fetch, error.request);
  }
}

async function evaluateLater<T>(
  evaluate: (context: EvaluationContext) => T,
  context: EvaluationContext,
  fetch: FetchFacts,
  first: FactRequest,
): Promise<T> {
  const facts = new Map(context.facts);
  let request = first;
  for (;;) {
    const key = factKey(request);
    const found = facts.has(key) ? undefined : await fetch([request], context.now);
    // A cache that has none says so by saying nothing.
    const value =
      found?.get(key) ?? (found !== undefined && request.kind === "cache" ? null : undefined);
    if (value === undefined) throw unknowable(request);
    facts.set(key, value);
    try {
      return evaluate({ ...context, facts });
    } catch (error) {
      if (!(error instanceof NeedsFact)) throw error;
      ({ request } = error);
    }
  }
}

function unknowable(request: FactRequest): ExpressionError {
  return new ExpressionError(
    "channels/unknown-fact",
    `a value of kind "${request.kind}" is needed and cannot be had here`,
    { file: "", line: 1, column: 1, length: 1 },
  );
}

/**
 * Whether a condition holds for an answer. It names answers by members that others do not have, so an
 * absent path is no match; any other error is one of the spec and is thrown.
 */
export function holdsFor(condition: Expression, scope: Scope, context: EvaluationContext): boolean {
  try {
    return condition.evaluate(scope, context) === true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** `$vars` of an adapter. */
export function varsOf(
  adapter: AdapterPlan,
  env: Readonly<Record<string, string>>,
  context: EvaluationContext,
): Readonly<Record<string, Json>> {
  const vars: Record<string, Json> = {};
  for (const [name, template] of Object.entries(adapter.vars ?? {})) {
    const value = template.evaluate({ env }, context);
    if (value !== undefined) vars[name] = value;
  }
  return vars;
}

/** Text for a header, a query value or a path; null and absent ones are none. */
export function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
