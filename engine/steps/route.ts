import { expression, kind, list, variant } from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";

/** Content-Based Router. */
export const route = defineStep({
  kind: "route",
  docs: "Content-Based Router: the first branch whose `when` is true is taken, `else` when none is. Ids inside are visible afterwards, null where not run.",
  example:
    "- route:\n    - when: \"$message.data.kind in ['paid', 'partial']\"\n      steps: [ { call: erp.registerPayment } ]\n    - else: [ { stop: { code: not-a-payment } } ]\n",
  argument: list(
    variant(
      {
        when: kind("Taken when true.", expression("Condition."), {
          steps: steps("Steps of the branch."),
        }),
        else: kind("Taken when no other is; stands last.", steps("Steps of the branch.")),
      },
      "One branch.",
    ),
    "Branches, asked in order.",
    1,
  ),
  beside: {},
});
