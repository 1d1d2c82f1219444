import { ExpressionError } from "../model/evaluation-error.ts";
import { ownFailure } from "../steps/shared/own-fault.ts";
import { isTrue } from "../steps/shared/truth.ts";
import type { Draft } from "./draft.ts";
import { rootFrame } from "./frame.ts";
import { evaluateIn, scopeAt } from "./scope.ts";

/** Path of the node that says why a run was not even begun. */
export const holdBackPath = "hold-back";

/**
 * Whether the run stays parked beside its lane: tested at its start, and again at each `start` that
 * it gets after a commit in its lane.
 */
export function holdBack(draft: Draft): boolean {
  const plan = draft.flow.holdBack;
  if (plan === undefined || draft.state.phase !== "steps") return false;
  if (Object.keys(draft.nodes).some((path) => path !== holdBackPath)) return false;
  const held = isTrue(conditionOf(draft), plan.while);
  if (held && draft.state.held !== true) {
    draft.state.held = true;
    draft.timer("", "within", draft.now + plan.within);
    draft.note("", "held", { until: draft.now + plan.within });
  }
  if (!held) letGo(draft);
  return held;
}

function conditionOf(draft: Draft) {
  const plan = draft.flow.holdBack;
  if (plan === undefined) return undefined;
  try {
    return evaluateIn(draft, holdBackPath, plan.while, scopeAt(draft, rootFrame("steps")));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    park(draft, ownFailure(error, holdBackPath));
    return false;
  }
}

function park(draft: Draft, failure: ReturnType<typeof ownFailure>): void {
  draft.patch(holdBackPath, { status: "failed", park: "invalid", error: failure });
}

function letGo(draft: Draft): void {
  if (draft.state.held !== true) return;
  delete draft.state.held;
  draft.cancelTimer("", "within");
  draft.note("", "let-go");
}

/** The message it waited for did not come: goes on without, or parks. */
export function isHoldBackOver(draft: Draft): boolean {
  const { event } = draft.input;
  const plan = draft.flow.holdBack;
  if (event.kind !== "timer" || event.path !== "" || event.name !== "within") return false;
  if (draft.state.held !== true || plan === undefined) return false;
  delete draft.state.held;
  draft.note("", "let-go");
  if (plan.otherwise === "invalid") {
    park(draft, {
      class: "invalid",
      code: "core/held-back-too-long",
      message: `"${plan.while.text}" was still true after the time it may be`,
      at: plan.while.at,
      path: holdBackPath,
    });
  }
  return true;
}
