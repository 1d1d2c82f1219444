import { failureClasses } from "../../errors/failure.ts";
import {
  boolean,
  choice,
  type CompiledFields,
  duration,
  integer,
  json,
  kind,
  list,
  object,
  optional,
  reference,
  text,
  variant,
} from "../field.ts";
import { crosswalk } from "./mapping.ts";

/** Keys of a flow test, `*.test.yaml` beside the flows. */
export const testFields = {
  test: text("What the tests are about."),
  flow: reference("flow", "The flow under test."),
  cases: list(
    object(
      {
        name: text("A sentence: what happens, under what condition."),
        given: object(
          {
            message: json("The message: `{ data, type?, source?, time?, id?, sequence? }`."),
            state: optional(json("`$state` of the lane.")),
            crosswalk: optional(crosswalk),
            cached: optional(
              list(
                object(
                  {
                    call: text("`<system>.<operation>`."),
                    answered: text("When, an ISO date-time."),
                    returns: json("Its output."),
                  },
                  "One answer.",
                ),
                "Answers that calls with `cache` remember.",
              ),
            ),
            events: optional(
              list(
                object(
                  {
                    event: reference("event", "Event name."),
                    data: json("Its data."),
                  },
                  "One event.",
                ),
                "Events that came before: a `listen` finds them, too.",
              ),
            ),
            now: optional(text("The time, an ISO date-time.")),
          },
          "What is there.",
        ),
        calls: optional(
          list(
            object(
              {
                call: text("`<system>.<operation>`, or `run <flow>` for a child flow."),
                when: optional(json("Answers only calls whose input has these members.")),
                returns: optional(json("Output of the operation.")),
                fails: optional(
                  object(
                    {
                      class: choice(failureClasses, "Failure class."),
                      code: text("Reason."),
                      message: optional(text("Sentence for people.")),
                      until: optional(reference("event", "For `wait`: the event that ends it.")),
                      wait: optional(duration("Not before this time.")),
                    },
                    "The failure that it ends with.",
                  ),
                ),
                hangs: optional(boolean("It never answers.")),
                times: optional(integer("Answers so many calls; any number unless told.", 1)),
              },
              "One mocked call.",
            ),
            "Mocked calls; one that is made and not mocked fails the test.",
          ),
        ),
        happens: optional(
          list(
            variant(
              {
                choose: kind("A person answers a task.", text("Id of the `task` step."), {
                  choice: text("What is chosen."),
                  by: optional(text("Who; `tester` unless told.")),
                  comment: optional(text("Comment.")),
                  data: optional(json("What is given with the choice.")),
                  pick: optional(text("Of a choice among several: which.")),
                }),
                event: kind(
                  "An event comes: for whom it may concern now, or for a later `listen`.",
                  reference("event", "Event name."),
                  { data: json("Its data.") },
                ),
                state: kind(
                  "Another run of the lane remembers this; a run that is held back is tested again.",
                  json("Members to merge."),
                ),
                after: kind("Time goes on.", duration("So long.")),
              },
              "One thing that happens.",
            ),
            "What happens while the run waits, in order.",
          ),
        ),
        expect: object(
          {
            outcome: choice(
              [
                "done",
                "stopped",
                "failed",
                "dead",
                "invalid",
                "in-doubt",
                "stuck",
                "active",
                "held",
                "superseded",
              ],
              "Where the run ends.",
            ),
            requests: optional(
              list(
                json(
                  "`{ <system>.<operation>: input }`, or its name alone; `<adapter>.<operation>` says who plays it in the run's region.",
                ),
                "Calls that were made, in order, no others.",
              ),
            ),
            events: optional(
              list(
                json("`{ <event>: data }`, or its name alone."),
                "Events emitted, in order, no others.",
              ),
            ),
            state: optional(json("`$state` afterwards.")),
            output: optional(json("The flow's output.")),
            error: optional(json("Members of the failure.")),
            issues: optional(
              list(text("Code."), "Failures that were reported and did not stop it, in order."),
            ),
            conflicts: optional(
              list(
                text("`<attribute> <system>`."),
                "Values that did not stand in a `golden` step, and who gave them, in order.",
              ),
            ),
            milestones: optional(list(text("Milestone."), "Milestones reached, in order.")),
            response: optional(json("Answer of an API flow: `{ status, body }`.")),
          },
          "What must be true.",
        ),
      },
      "One case.",
    ),
    "Cases.",
    1,
  ),
};

export type FlowTest = CompiledFields<typeof testFields>;
