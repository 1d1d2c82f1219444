import { choice, object, optional, template } from "../model/field.ts";
import { failureClasses } from "../errors/failure.ts";
import { failureCode } from "../model/plan/common.ts";
import { defineStep } from "./define-step.ts";
import { textOf } from "./shared/truth.ts";

/** Fails on purpose. */
export const fail = defineStep({
  kind: "fail",
  docs: "Fails the flow: `catch`, `on-error` and undo follow.",
  example:
    '- fail: { class: business, code: activation-late, message: "order ${ $steps.order.id }" }\n',
  argument: object(
    {
      class: choice(failureClasses, "Failure class."),
      code: failureCode("Reason."),
      message: optional(template("Sentence for people.")),
    },
    "The failure.",
  ),
  beside: {},
  behaviour: {
    advance: ({ argument, at }, context) => ({
      kind: "failed",
      failure: {
        class: argument.class,
        code: argument.code,
        message:
          argument.message === undefined
            ? argument.code
            : textOf(context.evaluate(argument.message)),
        at,
        path: context.path,
      },
    }),
  },
});
