import { integer, optional, reference, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";

/** Calls another flow as a function. */
export const run = defineStep({
  kind: "run",
  docs: "Runs another flow as a function: a child run in its own lane, on this run's generation. The result is its `output`; its failure is this step's failure; this run's undo undoes the child's steps too.",
  example: '- run: customer-sync\n  id: customer\n  with: "${ $message.data.account }"\n',
  argument: reference("flow", "Name of the flow."),
  beside: {
    with: optional(template("Its `$message.data`; ours unless told.")),
    depth: optional(
      integer(
        "For a flow that runs itself (a parent account before its child): at most so many levels; without it the graph of `run` has no cycle.",
        1,
        100,
      ),
    ),
  },
});
