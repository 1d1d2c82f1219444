import type { FailureClass } from "../../errors/failure.ts";
import { factKey } from "../../model/expression.ts";
import type { Expression } from "../../model/expression.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { canonicalJson } from "../../model/canonical-json.ts";
import { dateTimeText } from "../../model/civil.ts";
import { aged } from "./finish.ts";

export interface CachePlan {
  readonly key?: Expression;
  readonly fresh: number;
  readonly stale?: number;
  readonly staleOn?: readonly FailureClass[];
}

const staleOnUnlessTold: readonly FailureClass[] = ["transient", "throttled", "in-doubt"];

/** The answer of a look-up as it is cached: `{ output, at }`. */
export interface CachedAnswer {
  readonly output: Json;
  readonly at: number;
}

export function cacheKey(
  operation: string,
  plan: CachePlan,
  input: Json,
  context: StepContext,
): string {
  const value = plan.key === undefined ? input : (context.evaluate(plan.key) ?? null);
  return context.digest(canonicalJson([operation, value]));
}

export function readCache(
  operation: string,
  key: string,
  context: StepContext,
): CachedAnswer | undefined {
  const value = context.fact({ kind: "cache", key, operation });
  if (!isJsonObject(value)) return undefined;
  const { output, at } = value;
  return output !== undefined && typeof at === "number" ? { output, at } : undefined;
}

/** The cached answer as a result, when it is young enough. */
export function usable(
  answer: CachedAnswer | undefined,
  ageMsMax: number,
  stale: boolean,
  context: StepContext,
): Json | undefined {
  if (answer === undefined || context.now - answer.at > ageMsMax) return undefined;
  return aged(answer.output, dateTimeText(answer.at), stale);
}

/** Keeps an answer for as long as anyone may use it, and gives it its age. */
export function writeCache(key: string, plan: CachePlan, output: Json, context: StepContext): Json {
  const keep = Math.max(plan.fresh, plan.stale ?? 0);
  context.cache({
    key: factKey({ kind: "cache", key }),
    value: { output, at: context.now },
    fetchedAt: context.now,
    expiresAt: context.now + keep,
  });
  return aged(output, dateTimeText(context.now), false);
}

export function standsIn(plan: CachePlan, failureClass: FailureClass): boolean {
  return plan.stale !== undefined && (plan.staleOn ?? staleOnUnlessTold).includes(failureClass);
}
