import type { Json } from "../../model/json.ts";
import type { OperationRequestPlan } from "../../model/plan/adapter.ts";
import type { Progress } from "../behaviour.ts";
import { textOf } from "../shared/truth.ts";
import type { CallState } from "./call-state.ts";
import { judgingScope } from "./judging.ts";
import type { Answered } from "./memo.ts";
import { sendLookup } from "./send.ts";
import type { Unit } from "./unit.ts";

type VerifyPlan = NonNullable<OperationRequestPlan["verify"]>;

const everyMsDefault = 2_000;

/** Judges what was read back: the write shows, it is looked again, or it did not take effect. */
export function judgeVerification(
  state: CallState,
  unit: Unit,
  { plan, answered }: { readonly plan: VerifyPlan; readonly answered: Answered },
  { result, response }: { readonly result: Json; readonly response: Json },
): Progress | undefined {
  const { context, memo } = state;
  const path = answered.open?.path ?? memo.wrote ?? `${context.path}/${unit.name}`;
  if (judgingScope(state, unit.request).holds(plan.that, { result, response })) {
    answered.verified = true;
    context.history("verified", null, path);
    return undefined;
  }
  const next = context.now + (plan.every ?? everyMsDefault);
  if (next <= (answered.verifyUntil ?? 0)) {
    sendLookup(state, unit, { kind: "verify", name: plan.read, due: next });
    return { kind: "open" };
  }
  context.history("unverified", null, path);
  return { kind: "failed", failure: failureOf(state, unit, plan, { result, response }) };
}

function failureOf(
  state: CallState,
  unit: Unit,
  { error, that }: VerifyPlan,
  roots: { readonly result: Json; readonly response: Json },
) {
  const { operation, context } = state;
  const told = error?.message;
  return {
    class: error?.class ?? ("business" as const),
    code: error?.code ?? "not-verified",
    message:
      told === undefined
        ? `"${unit.name}" was said to be done, and does not show: "${that.text}" is not true`
        : textOf(judgingScope(state, unit.request).evaluate(told, roots)),
    at: that.at,
    system: operation.system,
    adapter: operation.adapter.name,
    path: context.path,
    detail: roots.result,
  };
}
