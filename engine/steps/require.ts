import { choice, expression, list, object, optional } from "../model/field.ts";
import { failureFields } from "../model/plan/common.ts";
import { defineStep } from "./define-step.ts";
import type { Failure } from "../errors/failure.ts";
import { holds, textOf } from "./shared/truth.ts";

/** Business rules, all of them reported together. */
export const require = defineStep({
  kind: "require",
  docs: "Checks rules; every violation is reported, not only the first: `$error.violations` lists them. With `severity: issue` a violation is reported and the flow goes on.",
  example:
    '- require:\n    - that: "$gte($steps.credit.available, $message.data.total)"\n      error: { class: business, code: credit-hold, message: "credit limit exceeded" }\n',
  argument: list(
    object(
      {
        that: expression("Must be true."),
        error: object(failureFields, "The failure when it is not."),
        severity: optional(choice(["error", "issue"], "`issue` reports without stopping.")),
      },
      "One rule.",
    ),
    "Rules.",
    1,
  ),
  beside: {},
  behaviour: {
    advance: ({ argument }, context) => {
      const broken: Failure[] = [];
      for (const rule of argument) {
        if (holds(rule.that, context)) continue;
        const { class: failureClass, code, message } = rule.error;
        const failure = {
          class: failureClass,
          code,
          message:
            message === undefined
              ? `"${rule.that.text}" is not true`
              : textOf(context.evaluate(message)),
          at: rule.that.at,
          path: context.path,
        };
        if (rule.severity === "issue") context.issue(failure);
        else broken.push(failure);
      }
      const [first] = broken;
      if (first === undefined) return { kind: "done" };
      const failure = broken.length === 1 ? first : { ...first, violations: broken };
      return { kind: "failed", failure };
    },
  },
});
