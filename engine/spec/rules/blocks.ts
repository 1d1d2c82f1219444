import type { FlowPlan } from "../../model/plan/flow.ts";
import type { Block, StepPlan } from "../../model/plan/step.ts";
import type { StepOf } from "../../steps/define-step.ts";
import type { call } from "../../steps/call.ts";
import type { emit } from "../../steps/emit.ts";
import type { golden } from "../../steps/golden.ts";
import type { listen } from "../../steps/listen.ts";
import type { map } from "../../steps/map.ts";
import type { parallel } from "../../steps/parallel.ts";
import type { remember } from "../../steps/remember.ts";
import type { require } from "../../steps/require.ts";
import type { route } from "../../steps/route.ts";
import type { run } from "../../steps/run.ts";
import type { split } from "../../steps/split.ts";
import type { task } from "../../steps/task.ts";
import type { wait } from "../../steps/wait.ts";

/** Steps of the kinds that rules look into, told apart by `kind`. */
interface StepsByKind {
  readonly call: StepOf<typeof call>;
  readonly emit: StepOf<typeof emit>;
  readonly golden: StepOf<typeof golden>;
  readonly listen: StepOf<typeof listen>;
  readonly map: StepOf<typeof map>;
  readonly parallel: StepOf<typeof parallel>;
  readonly remember: StepOf<typeof remember>;
  readonly require: StepOf<typeof require>;
  readonly route: StepOf<typeof route>;
  readonly run: StepOf<typeof run>;
  readonly split: StepOf<typeof split>;
  readonly task: StepOf<typeof task>;
  readonly wait: StepOf<typeof wait>;
}

/** The step with the types of its kind, when it is of that kind. */
export function asKind<K extends keyof StepsByKind>(
  step: StepPlan,
  kind: K,
): StepsByKind[K] | undefined {
  // The walk compiled the step by the definition of its kind.
  return step.kind === kind ? (step as unknown as StepsByKind[K]) : undefined;
}

/** How a block stands in its step. */
type BlockRole = "branch" | "parallel" | "split" | "catch" | "on-timeout";

export interface InnerBlock {
  readonly role: BlockRole;
  readonly block: Block;
}

/** The blocks inside a step, in document order; `undo` is one step and stands apart. */
export function innerBlocks(step: StepPlan): readonly InnerBlock[] {
  const blocks: InnerBlock[] = [];
  for (const block of asKind(step, "parallel")?.argument ?? []) {
    blocks.push({ role: "parallel", block });
  }
  for (const branch of asKind(step, "route")?.argument ?? []) {
    blocks.push({ role: "branch", block: branch.kind === "when" ? branch.steps : branch.value });
  }
  const items = asKind(step, "split")?.argument.steps;
  if (items !== undefined) blocks.push({ role: "split", block: items });
  for (const handler of step.common.catch ?? []) {
    blocks.push({ role: "catch", block: handler.steps });
  }
  const late = (asKind(step, "listen") ?? asKind(step, "task"))?.beside.onTimeout;
  if (late !== undefined) blocks.push({ role: "on-timeout", block: late });
  return blocks;
}

/** A step and what stands around it. */
export interface PlacedStep {
  readonly step: StepPlan;
  /** From the outermost; the steps whose blocks hold it. */
  readonly within: readonly StepPlan[];
}

/** Every step of a block, blocks inside and undo steps included, in document order. */
export function everyStep(block: Block, within: readonly StepPlan[] = []): readonly PlacedStep[] {
  return block.flatMap((step): readonly PlacedStep[] => {
    const inside = [...within, step];
    const { undo } = step.common;
    return [
      { step, within },
      ...innerBlocks(step).flatMap((inner) => everyStep(inner.block, inside)),
      ...(undo === undefined ? [] : everyStep([undo], inside)),
    ];
  });
}

/** By the flow's plan: most rules ask, and flows do not change. */
const ofPlans = new WeakMap<FlowSteps, readonly PlacedStep[]>();

type FlowSteps = Pick<FlowPlan, "steps" | "onError">;

/** Every step of a flow, those of its error block included, in document order. */
export function allSteps(plan: FlowSteps): readonly PlacedStep[] {
  const known = ofPlans.get(plan);
  if (known !== undefined) return known;
  const steps = everyStep([...plan.steps, ...(plan.onError ?? [])]);
  ofPlans.set(plan, steps);
  return steps;
}
