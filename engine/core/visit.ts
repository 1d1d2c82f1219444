import { ExpressionError, NeedsFact } from "../model/evaluation-error.ts";
import type { Json } from "../model/json.ts";
import type { StepPlan } from "../model/plan/step.ts";
import type { Behaviour, Progress, StepContext, StepEvent } from "../steps/behaviour.ts";
import { ownFailure } from "../steps/shared/own-fault.ts";
import { stepContext, type WalkBlock } from "./context.ts";
import type { Draft } from "./draft.ts";
import type { Frame } from "./frame.ts";

/** One step of the tree as the walk meets it. */
export interface Visit {
  readonly draft: Draft;
  readonly step: StepPlan;
  readonly behaviour: Behaviour;
  readonly path: string;
  readonly frame: Frame;
  readonly walk: WalkBlock;
  /** Inputs stored for an undo. */
  readonly prepared?: Json | undefined;
}

export function contextOf(visit: Visit, event?: StepEvent): StepContext {
  const { draft, step, path, frame, walk, prepared } = visit;
  return stepContext(draft, step, path, frame, { event, prepared, walk });
}

/**
 * Evaluates what may end in a missing fact or in an error of ours: the first asks for the fact (the
 * whole decision is made again), the second parks the step.
 */
export function guarded(visit: Visit, work: () => Progress): Progress {
  try {
    return work();
  } catch (error) {
    if (error instanceof NeedsFact) {
      visit.draft.need(error.request);
      return { kind: "open" };
    }
    if (!(error instanceof ExpressionError)) throw error;
    return { kind: "parked", as: "invalid", failure: ownFailure(error, visit.path) };
  }
}
