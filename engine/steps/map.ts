import { optional, reference, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import { inputOf } from "./shared/input-of.ts";
import { translate } from "./shared/translate.ts";

/** Message Translator. */
export const map = defineStep({
  kind: "map",
  docs: "Message Translator: the result is what the mapping makes of `with`, checked against the mapping's `to` schema.",
  example: "- map: process/opportunity-to-order\n  id: draft\n",
  argument: reference("mapping", "Path under `mappings/`."),
  beside: { with: optional(template("Input of the mapping; `$message.data` unless told.")) },
  behaviour: {
    advance: (step, context) => ({
      kind: "done",
      result: translate(step.argument, inputOf(step.beside.with, context), context, {
        at: step.at,
      }),
    }),
  },
});
