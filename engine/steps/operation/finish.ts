import { isJsonObject, type Json } from "../../model/json.ts";
import type { Template } from "../../model/expression.ts";
import type { OperationPlan } from "../../model/plan/adapter.ts";
import type { Progress } from "../behaviour.ts";
import { conform } from "../shared/conform.ts";
import { translate } from "../shared/translate.ts";
import { textOf } from "../shared/truth.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import { rememberEcho } from "./echo.ts";
import type { OperationScope } from "./scope.ts";

type ResultPlan = NonNullable<OperationPlan["result"]>;

/** Makes the operation's output, checks it, and remembers ids in the crosswalk. */
export function finish(state: CallState): Progress {
  const { operation, context } = state;
  const last = lastOf(state);
  const scope = scopeOf(state).with(last);
  const output = outputOf(state);
  if (!operation.read) rememberEcho(state, last);
  for (const link of operation.plan.link ?? []) {
    const canonicalId = textOf(scope.evaluate(link.canonical));
    const id = textOf(scope.evaluate(link.id));
    if (canonicalId === "" || id === "") continue;
    context.link({ entity: link.entity, canonicalId, system: operation.system, id });
  }
  return { kind: "done", result: output };
}

function lastOf({ memo }: CallState): { readonly result: Json; readonly response: Json } {
  return memo.last ?? { result: null, response: null };
}

/** The operation's output by what was answered so far, in the shape of its contract. */
export function outputOf(state: CallState): Json {
  const { operation, context } = state;
  const last = lastOf(state);
  const made = resultFrom(state, scopeOf(state).with(last), last.result);
  return conform(made, operation.output, context.generation, {
    code: "call/output-breach",
    what: `the output of ${operation.system}.${operation.name}`,
    at: operation.at,
  });
}

const isTemplate = (plan: ResultPlan): plan is Template => "evaluate" in plan;

function resultFrom(state: CallState, scope: OperationScope, last: Json): Json {
  const plan = state.operation.plan.result;
  if (plan === undefined) return last;
  if (isTemplate(plan)) return scope.evaluate(plan) ?? null;
  const input = plan.with === undefined ? last : (scope.evaluate(plan.with) ?? null);
  const { generation } = state.context;
  return translate(
    plan.map,
    input,
    { generation, evaluateIn: (value, roots) => scope.bare(value, roots) },
    { at: state.operation.at },
  );
}

/** A look-up's output with its age, for calls with `cache`. */
export function aged(output: Json, asOf: string, stale: boolean): Json {
  return { ...(isJsonObject(output) ? output : { value: output }), asOf, stale };
}
