import { optional, reference, template } from "../model/field.ts";
import type { Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { StepPlan } from "../model/plan/step.ts";
import { defineStep } from "./define-step.ts";
import type { StepContext } from "./behaviour.ts";
import { conform } from "./shared/conform.ts";
import { emittedContract } from "./shared/event-schema.ts";
import { inputOf } from "./shared/input-of.ts";

type EmitStep = StepPlan<string, { readonly with?: Template }>;

function eventData(step: EmitStep, context: StepContext): Json {
  const { flow, generation } = context;
  return conform(
    inputOf(step.beside.with, context),
    emittedContract(step.argument, flow, generation)?.data,
    generation,
    {
      code: "emit/event-breach",
      what: `the data of ${step.argument}`,
      at: step.at,
    },
  );
}

/** Publishes a canonical event. */
export const emit = defineStep({
  kind: "emit",
  docs: "Emits an event declared by a system or by this flow's `emits`. It is committed with the step and reaches its subscribers and listeners in commit order; a replay emits the same event, not a second.",
  example: '- emit: order.confirmed\n  with: { orderId: "${ $steps.order.id }" }\n',
  argument: reference("event", "Event name."),
  beside: { with: optional(template("Data of the event; `$message.data` unless told.")) },
  behaviour: {
    advance: (step, context) => {
      const data = context.prepared ?? eventData(step, context);
      // Derived from the business identity: a replay emits the same event, not a second.
      const dedupeKey = context.effectKey(context.path);
      context.emit({ path: context.path, type: step.argument, data, dedupeKey });
      return { kind: "done" };
    },
    prepare: eventData,
  },
});
