import type { CompiledFields, Field, Fields } from "../model/field.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { Behaviour } from "./behaviour.ts";

/**
 * One step kind, whole: what stands in YAML, its docs, an example that tests lint, and what it
 * does. Checks, editor schemas, the reference page and error positions follow from it.
 */
export interface StepDefinition<A = unknown, Fs extends Fields = Fields> {
  readonly kind: string;
  /** What it does, for the reference page. */
  readonly docs: string;
  /** A YAML list of steps that shows it; linted by a test. */
  readonly example: string;
  /** The value of the kind's own key. */
  readonly argument: Field<A>;
  /** The keys that only this kind has, beside the common ones. */
  readonly beside: Fs;
  readonly behaviour: Behaviour<A, CompiledFields<Fs>>;
}

/** The compiled step of a definition, with the types its fields give. */
export type StepOf<D> =
  D extends StepDefinition<infer A, infer Fs> ? StepPlan<A, CompiledFields<Fs>> : never;

export function defineStep<A, const Fs extends Fields>(
  definition: StepDefinition<A, Fs>,
): StepDefinition<A, Fs> {
  return definition;
}
