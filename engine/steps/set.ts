import { record, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";
import { evaluateRecord } from "./shared/evaluate-record.ts";

/** Names values for later steps. */
export const set = defineStep({
  kind: "set",
  docs: "Names values: read later as `$steps.<id>.<name>`.",
  example: '- set: { open: "${ $count($state.cases) }" }\n  id: local\n',
  argument: record(
    template("Value."),
    "Values by name; one may read those before it only through an earlier `set`.",
  ),
  beside: {},
  behaviour: {
    advance: (step, context) => ({ kind: "done", result: evaluateRecord(step.argument, context) }),
  },
});
