import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Root } from "../expression.ts";
import {
  choice,
  type CompiledFields,
  span,
  expression,
  type Field,
  list,
  object,
  optional,
  text,
} from "../field.ts";
import { identifier, retryFields } from "./common.ts";

/** A list of steps; `roots` may be named in them beside the usual ones. */
export const steps = (docs: string, roots?: readonly Root[]): Field<Block, false> => ({
  shape: { type: "steps", ...(roots ? { roots } : {}) },
  docs,
  optional: false,
});

/** One step. */
const step = (docs: string): Field<StepPlan, false> => ({
  shape: { type: "step" },
  docs,
  optional: false,
});

/** The keys that every step may have. */
export const commonFields = {
  id: optional(identifier("Name of the step: later steps read its result as `$steps.<id>`.")),
  if: optional(expression("The step runs only when this is true; otherwise its result is null.")),
  retry: optional(object(retryFields, "How often and when the step is tried again.")),
  timeout: optional(span("The step fails as transient after this time, retries included.")),
  catch: optional(
    list(
      object(
        {
          when: optional(
            expression("Takes the failure when true; without it, any failure.", ["error"]),
          ),
          steps: steps("Run in place of the step; `$error` is the failure.", ["error"]),
        },
        "One handler.",
      ),
      "Handlers for a failure of this step; the first that matches takes it.",
      1,
    ),
  ),
  "on-error": optional(
    choice(
      ["fail", "continue"],
      "`continue` keeps the failure to this step: it is recorded, its result is null and the flow goes on.",
    ),
  ),
  undo: optional(
    step(
      "Compensation: one step whose inputs are evaluated and stored when this step completes, or fails for good after some of its writes took effect.",
    ),
  ),
  milestone: optional(
    text("Business fact that is reached when the step completes, such as `order.created`."),
  ),
  lane: optional(
    choice(
      ["hold", "release"],
      "Whether the lane waits with this step: needed on a wait that may exceed 5 minutes.",
    ),
  ),
  description: optional(text("For readers and the generated docs.")),
};

/** The compiled keys that every step may have. */
export type Common = CompiledFields<typeof commonFields>;

/**
 * One compiled step. `argument` is the value of its kind's key, `beside` the keys that only this
 * kind has; both have the types that the kind's own definition gives them.
 */
export interface StepPlan<Argument = unknown, Beside = unknown> {
  readonly kind: string;
  readonly argument: Argument;
  readonly beside: Beside;
  readonly common: Common;
  /** Unique within its flow; made from kind and position (`call-3`) where the author gave none. */
  readonly id: string;
  /** True when the author gave the id: only then may `$steps.<id>` be read. */
  readonly named: boolean;
  readonly at: SourceRef;
}

/** Steps that run one after the other. */
export type Block = readonly StepPlan[];
