import type { Expression, Scope } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { OwnFault } from "./own-fault.ts";

/** A condition's answer; nothing is no. A text or a number is a mistake, not a yes. */
export function isTrue(value: Json | undefined, expression: Expression): boolean {
  if (value === true) return true;
  if (value === false || value === undefined || value === null) return false;
  throw new OwnFault(
    "expression/not-a-condition",
    `"${expression.text}" gives ${JSON.stringify(value).slice(0, 80)}, which is neither true nor false`,
    expression.at,
    "compare it with something, or use $exists or $boolean",
  );
}

/** Whether a condition holds in the scope of a step. */
export function holds(
  expression: Expression,
  context: Pick<StepContext, "evaluate">,
  more?: Scope,
): boolean {
  return isTrue(context.evaluate(expression, more), expression);
}

/** Text of a scalar; other values in JSON. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
