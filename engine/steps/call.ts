import {
  duration,
  expression,
  list,
  choice,
  object,
  optional,
  reference,
  template,
} from "../model/field.ts";
import { defineStep } from "./define-step.ts";

/** Request-Reply with a partner, through the outbox. */
export const call = defineStep({
  kind: "call",
  docs: "Calls an operation of a system (`erp.createOrder`); system flows may call their adapter's own (`salesforce.getOpportunity`). The input meets the operation's schema before anything is sent; the result is the operation's output.",
  example:
    "- call: erp.createOrder\n  id: order\n  map: process/opportunity-to-order\n  retry: { policy: patient }\n",
  argument: reference("operation", "`<system>.<operation>`."),
  beside: {
    with: optional(template("Input of the operation, or of `map`; `$message.data` unless told.")),
    map: optional(reference("mapping", "Mapping from `with` to the operation's input.")),
    cache: optional(
      object(
        {
          key: optional(expression("What the answer depends on; the whole input unless told.")),
          fresh: duration("Answers younger than this are used without a call."),
          stale: optional(duration("Answers younger than this are used when the call fails.")),
          "stale-on": optional(
            list(
              choice(["transient", "throttled", "auth", "in-doubt"], "A failure class."),
              "Failures that a stale answer may stand in for; transient, throttled and in-doubt unless told.",
            ),
          ),
        },
        "For look-ups: the result gets `asOf` (date-time) and `stale` (boolean).",
      ),
    ),
  },
});
