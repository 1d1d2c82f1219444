import { choice, expression, list, object, optional } from "../model/field.ts";
import { failureFields } from "../model/plan/common.ts";
import { defineStep } from "./define-step.ts";

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
});
