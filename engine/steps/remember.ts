import { record, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import { evaluateRecord } from "./shared/evaluate-record.ts";

/** Changes the lane's state. */
export const remember = defineStep({
  kind: "remember",
  docs: "Merges into `$state` of the lane (RFC 7396: null removes). Later steps see it at once; it commits with this decision.",
  example: '- remember: { stage: "${ $steps.opportunity.stage }" }\n',
  argument: record(template("Value."), "Members to merge."),
  beside: {},
  behaviour: {
    advance: (step, context) => {
      context.remember(evaluateRecord(step.argument, context));
      return { kind: "done" };
    },
  },
});
