import { isJsonObject } from "../../model/json.ts";
import type { AdapterPlan, RequestPlan } from "../../model/plan/adapter.ts";
import { requestParts } from "../../model/plan/request-parts.ts";
import { namedValues } from "./build-request.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import type { OperationScope } from "./scope.ts";

/** What of a request's plan says what it is, rather than how its answer is judged. */
const building: readonly string[] = [...requestParts, "with"];

/** Whether any expression that judges an answer names `$call`: looked for once an adapter. */
const known = new WeakMap<AdapterPlan, boolean>();

function namesCall(adapter: AdapterPlan): boolean {
  let names = known.get(adapter);
  if (names === undefined) known.set(adapter, (names = isNamedIn(adapter)));
  return names;
}

function isNamedIn(plan: unknown): boolean {
  if (typeof plan !== "object" || plan === null) return false;
  if (Array.isArray(plan)) return plan.some(isNamedIn);
  const { text, evaluate, expressions } = plan as Readonly<Record<string, unknown>>;
  if (Array.isArray(expressions)) return expressions.some(isNamedIn);
  if (typeof evaluate === "function") return typeof text === "string" && /\$call\b/.test(text);
  return Object.entries(plan).some(([key, value]) => !building.includes(key) && isNamedIn(value));
}

/**
 * What an answer is judged with: as its request was built, with `$call` as that one saw it. Made only for
 * adapters whose judgements name it.
 */
export function judgingScope(
  state: CallState,
  plan: Pick<RequestPlan, "call">,
  scope: OperationScope = scopeOf(state),
): OperationScope {
  const { operation, context } = state;
  const { adapter } = operation;
  if (!namesCall(adapter)) return scope;
  const entries = Object.entries({ ...adapter.request?.call, ...plan.call });
  const values = namedValues(entries, adapter, scope, context);
  return isJsonObject(values) ? scope.with({ call: values }) : scope;
}
