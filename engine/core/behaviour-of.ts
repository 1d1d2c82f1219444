import { InvariantError } from "../errors/flow-error.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { Behaviour, InnerBlock } from "../steps/behaviour.ts";
import { stepDefinitions } from "../steps/index.ts";

/** What the kind of a step does. A plan holds only kinds that exist. */
export function behaviourOf(step: StepPlan): Behaviour {
  const definition = stepDefinitions[step.kind];
  if (definition === undefined) {
    throw new InvariantError("core/unknown-kind", `no step kind is called "${step.kind}"`);
  }
  return definition.behaviour;
}

/** The blocks inside a step: its kind's own, and its handlers. */
export function innerBlocks(step: StepPlan): readonly InnerBlock[] {
  const handlers = step.common.catch ?? [];
  return [
    ...(behaviourOf(step).blocks?.(step) ?? []),
    ...handlers.map(({ steps }) => ({ steps, under: "catch" })),
  ];
}

/** Ids of all steps inside a step, at any depth. */
export function innerIds(step: StepPlan): readonly string[] {
  return innerBlocks(step).flatMap(({ steps }) =>
    steps.flatMap((inner) => [inner.id, ...innerIds(inner)]),
  );
}

/** The step that a path names: its last segment is the id, which is unique in the flow. */
export function idOfPath(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
