import { failureCode } from "../model/plan/common.ts";
import { object, optional, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import { textOf } from "./shared/truth.ts";

/** Message Filter: ends the run early, as a success. */
export const stop = defineStep({
  kind: "stop",
  docs: "Message Filter: ends the run here, and nothing is wrong. Nothing is undone.",
  example: "- stop: { code: not-won }\n  if: \"$message.data.stage != 'Closed Won'\"\n",
  argument: object(
    {
      code: failureCode("Reason, shown in lists."),
      message: optional(template("Sentence for people.")),
    },
    "Why.",
  ),
  beside: {},
  behaviour: {
    advance: ({ argument }, context) => ({
      kind: "stopped",
      code: argument.code,
      message: argument.message === undefined ? "" : textOf(context.evaluate(argument.message)),
    }),
  },
});
