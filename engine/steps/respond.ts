import { integer, object, optional, template } from "../model/field.ts";
import { defineStep } from "./define-step.ts";

/** Answers the caller of an API flow before the flow ends. */
export const respond = defineStep({
  kind: "respond",
  docs: "Answers the caller now; the flow goes on. Only in flows with an `api` trigger.",
  example: '- respond: { status: 202, body: { orderId: "${ $steps.order.id }" } }\n',
  argument: object(
    {
      status: optional(integer("HTTP status; 200 unless told.", 100, 599)),
      body: optional(template("Body.")),
    },
    "The answer.",
  ),
  beside: {},
  behaviour: {
    advance: ({ argument }, context) => {
      const body = argument.body === undefined ? undefined : context.evaluate(argument.body);
      context.respond({ status: argument.status ?? 200, headers: {}, body: body ?? null });
      return { kind: "done" };
    },
  },
});
