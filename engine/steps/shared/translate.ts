import type { SourceRef } from "../../errors/diagnostic.ts";
import type { EvaluationContext } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { conform } from "./conform.ts";
import { OwnFault } from "./own-fault.ts";

/**
 * Message Translator: what a mapping makes of its input, which is all that it sees. The output
 * meets the mapping's `to` schema.
 */
export function translate(
  name: string,
  input: Json,
  context: Pick<StepContext, "generation" | "evaluateIn">,
  options: { readonly at: SourceRef; readonly evaluation?: Partial<EvaluationContext> },
): Json {
  const mapping = context.generation.mappings.get(name);
  if (mapping === undefined) {
    throw new OwnFault(
      "mapping/unknown",
      `there is no mapping "${name}"`,
      options.at,
      "name a file under mappings/",
    );
  }
  const output = context.evaluateIn(mapping.expression, { input }, options.evaluation);
  return conform(output ?? null, mapping.contract?.to, context.generation, {
    code: "mapping/output-breach",
    what: `the output of ${name}`,
    at: mapping.at,
  });
}
