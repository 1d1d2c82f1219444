import { expression, kind, list, variant } from "../model/field.ts";
import { steps } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";
import { holds } from "./shared/truth.ts";

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
  behaviour: {
    advance: ({ argument }, context) => {
      // The branch is chosen once: what it was chosen by may change meanwhile.
      const index =
        typeof context.memo === "number"
          ? context.memo
          : argument.findIndex((branch) => branch.kind === "else" || holds(branch.value, context));
      context.record(index);
      const branch = argument[index];
      if (branch === undefined) return { kind: "done" };
      return context.block(branch.kind === "else" ? branch.value : branch.steps);
    },
    blocks: ({ argument }) =>
      argument.map((branch) => ({ steps: branch.kind === "else" ? branch.value : branch.steps })),
  },
});
