import type { OperationRequestPlan } from "../../model/plan/adapter.ts";
import type { Json } from "../../model/json.ts";
import type { Progress } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import { judgingScope } from "./judging.ts";
import type { Answered } from "./memo.ts";
import { textOf } from "../shared/truth.ts";
import { sendLookup } from "./send.ts";
import { completeUnit, type Unit } from "./unit.ts";

export type ExpectationPlan = NonNullable<OperationRequestPlan["expect"]>[number];

/** Checks what an answer must say, one condition after the other; some look again first. */
export function checkExpectations(
  state: CallState,
  unit: Unit,
  answered: Answered,
): Progress | undefined {
  const { memo, operation } = state;
  const expectation = unit.request.expect?.[answered.expectation];
  if (expectation === undefined) {
    const { verify } = unit.request;
    if (verify !== undefined && answered.verified !== true) {
      answered.verifyUntil ??= state.context.now + (verify.within ?? 0);
      sendLookup(state, unit, { kind: "verify", name: verify.read });
      return { kind: "open" };
    }
    memo.last = { result: answered.result, response: answered.response };
    completeUnit(operation, memo, unit, answered.result);
    return undefined;
  }
  if (expectation.read !== undefined) {
    sendLookup(state, unit, { kind: "expect", name: expectation.read });
    return { kind: "open" };
  }
  return judgeExpectation(state, unit, { expectation, answered }, answered);
}

/** The next condition when this one holds; its failure when it does not. */
export function judgeExpectation(
  state: CallState,
  { request }: Unit,
  { expectation, answered }: { readonly expectation: ExpectationPlan; readonly answered: Answered },
  { result, response }: { readonly result: Json; readonly response: Json },
): Progress | undefined {
  const scope = judgingScope(state, request);
  if (scope.holds(expectation.that, { result, response })) {
    answered.expectation += 1;
    return undefined;
  }
  const { operation, context } = state;
  const { error, that } = expectation;
  return {
    kind: "failed",
    failure: {
      class: error.class,
      code: error.code,
      message:
        error.message === undefined
          ? `"${that.text}" is not true of the answer`
          : textOf(scope.evaluate(error.message, { result, response })),
      at: that.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
      detail: result,
    },
  };
}
