import { duration, kind, variant, expression } from "../model/field.ts";
import type { Instant, Json } from "../model/json.ts";
import { defineStep } from "./define-step.ts";
import { OwnFault } from "./shared/own-fault.ts";
import { parseDateTime } from "./shared/instant.ts";

/** A date-time, or milliseconds since 1970. */
function timeOf(value: Json | undefined): Instant | undefined {
  return typeof value === "number"
    ? value
    : typeof value === "string"
      ? parseDateTime(value)
      : undefined;
}

/** Waits for a time. */
export const wait = defineStep({
  kind: "wait",
  docs: "Waits durably.",
  example: '- wait: { for: 2m }\n- wait: { until: "$message.data.opensAt" }\n  lane: release\n',
  argument: variant(
    {
      for: kind("For so long.", duration("How long.")),
      until: kind("Until a time.", expression("A date-time.")),
    },
    "How long.",
  ),
  beside: {},
  behaviour: {
    advance: ({ argument, at }, context) => {
      if (context.event?.kind === "timer") return { kind: "done" };
      if (context.memo !== undefined) return { kind: "open" };
      const due =
        argument.kind === "for"
          ? context.now + argument.value
          : timeOf(context.evaluate(argument.value));
      if (due === undefined) {
        throw new OwnFault(
          "wait/not-a-time",
          `"until" gives no date-time with a zone, such as 2026-11-23T08:00:00Z`,
          at,
        );
      }
      if (due <= context.now) return { kind: "done" };
      context.record({ until: due });
      context.timer("wait", due);
      return { kind: "open" };
    },
    cancel: (_, context) => {
      context.cancelTimer("wait");
      return true;
    },
  },
});
