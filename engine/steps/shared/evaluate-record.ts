import type { Template } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";

/** Values by name; one that gives nothing is left out. */
export function evaluateRecord(
  record: Readonly<Record<string, Template>>,
  context: Pick<StepContext, "evaluate">,
): Json {
  const members: [string, Json][] = [];
  for (const [name, template] of Object.entries(record)) {
    const value = context.evaluate(template);
    if (value !== undefined) members.push([name, value]);
  }
  return Object.fromEntries(members);
}
