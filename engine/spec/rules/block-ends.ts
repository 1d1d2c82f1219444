import type { Block, StepPlan } from "../../model/plan/step.ts";
import { asKind, everyStep, innerBlocks } from "./blocks.ts";

/** True when nothing after the step can run. */
export function alwaysEnds(step: StepPlan): boolean {
  const { common, kind } = step;
  if (common.if !== undefined) return false;
  if (kind === "stop") return true;
  if (common.onError === "continue" || common.catch !== undefined) return false;
  if (kind === "fail") return true;
  const blocks = innerBlocks(step).map(({ block }) => block);
  // Branches run all: the flow ends with the first that ends it.
  if (kind === "parallel") return blocks.some(blockEnds);
  return takesEverything(step) && blocks.every(blockEnds);
}

/** True when nothing after the block can run. */
export const blockEnds = (block: Block): boolean => block.some(alwaysEnds);

/** A route of which one branch is taken, whatever comes. */
export const takesEverything = (step: StepPlan): boolean =>
  asKind(step, "route")?.argument.some(
    (branch) => branch.kind === "else" || branch.value.text.trim() === "true",
  ) === true;

/** True when the step may end the flow, or let it fail, for what its conditions find. */
export function mayEnd(step: StepPlan): boolean {
  return everyStep([step]).some(({ step: one }) => {
    const rules = asKind(one, "require")?.argument ?? [];
    // A rule that is only reported ends nothing.
    const mayRefuse = rules.some(({ severity }) => severity !== "issue");
    return one.kind === "stop" || one.kind === "fail" || mayRefuse;
  });
}

/** True when the step, or one inside it, may fail for what others do or say: not for a fault of ours. */
export const mayFail = (step: StepPlan): boolean =>
  everyStep([step]).some(
    ({ step: { kind, common } }) => asks.has(kind) || common.timeout !== undefined,
  );

const asks = new Set(["call", "run", "listen", "task", "require", "fail"]);
