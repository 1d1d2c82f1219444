import type { Template } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";

/** The value of `with`; the message's data unless told. */
export function inputOf(template: Template | undefined, context: StepContext): Json {
  if (template === undefined) return context.run.message.data;
  return context.evaluate(template) ?? null;
}
