import { duration, kind, variant, expression } from "../model/field.ts";
import { defineStep } from "./define-step.ts";

/** Waits for a time. */
export const wait = defineStep({
  kind: "wait",
  docs: "Waits durably.",
  example: '- wait: { for: 2m }\n- wait: { until: "$error.reopensAt" }\n  lane: release\n',
  argument: variant(
    {
      for: kind("For so long.", duration("How long.")),
      until: kind("Until a time.", expression("A date-time.")),
    },
    "How long.",
  ),
  beside: {},
});
