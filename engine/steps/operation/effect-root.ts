import type { Expression } from "../../model/expression.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { StepContext } from "../behaviour.ts";

/** Asked of each adapter once: plans never change. */
const known = new WeakMap<AdapterPlan, boolean>();

/**
 * `$run` as an adapter's expressions see it, with `effect`: the call by its business identity, to mark
 * what has nothing unique of its own. Hashed only for adapters that say `$run` at all, which few do. No
 * getter: one that is made with each object keeps alive all that it can see, until the old objects are
 * collected.
 */
export function runRoot(adapter: AdapterPlan, context: StepContext): JsonObject {
  const run = context.root("run") as JsonObject;
  let asks = known.get(adapter);
  if (asks === undefined) known.set(adapter, (asks = saysRun(adapter)));
  return asks ? { ...run, effect: effectOf(context) } : run;
}

function effectOf(context: StepContext): Json {
  const { path, round } = context;
  return context.effectKey(round === 0 ? path : `${path}~${round}`);
}

/** Whether any expression within a part of a plan names `$run`. */
function saysRun(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return false;
  if (isExpression(part)) return /\$run\b/.test(part.text);
  return Object.values(part).some(saysRun);
}

function isExpression(part: object): part is Expression {
  return "evaluate" in part && "text" in part;
}
