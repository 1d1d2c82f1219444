import { optional, reference, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";

/** Publishes a canonical event. */
export const emit = defineStep({
  kind: "emit",
  docs: "Emits an event declared by a system or by this flow's `emits`. It is committed with the step and reaches its subscribers and listeners in commit order; a replay emits the same event, not a second.",
  example: '- emit: order.confirmed\n  with: { orderId: "${ $steps.order.id }" }\n',
  argument: reference("event", "Event name."),
  beside: { with: optional(template("Data of the event; `$message.data` unless told.")) },
});
