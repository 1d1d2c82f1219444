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
    facts: new Map(),
    codes: generation.codes,
    ...(adapter === undefined ? {} : { adapter }),
  };
}

/**
 * Evaluates, fetches what was missing, and evaluates again until nothing is missing. Throws
 * `ExpressionError`, also when a fact cannot be had.
 */
export async function evaluateWithFacts<T>(
  evaluate: (context: EvaluationContext) => T,
  context: EvaluationContext,
  fetch: FetchFacts,
): Promise<T> {
  const facts = new Map(context.facts);
  for (;;) {
    try {
      return evaluate({ ...context, facts });
    } catch (error) {
      if (!(error instanceof NeedsFact)) throw error;
      const key = factKey(error.request);
      const found = facts.has(key) ? undefined : await fetch([error.request], context.now);
      const value = found?.get(key);
      if (value === undefined) throw unknowable(error.request);
      facts.set(key, value);
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
