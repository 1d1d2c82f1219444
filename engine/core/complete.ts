import type { Json } from "../model/json.ts";
import type { Progress } from "../steps/behaviour.ts";
import { behaviourOf } from "./behaviour-of.ts";
import { contextOf, guarded, type Visit } from "./visit.ts";

/** Records that a step is done: its result, the inputs of its undo, its milestone. */
export function complete(visit: Visit, result: Json | undefined): Progress {
  const { draft, step, path, behaviour } = visit;
  if (result !== undefined) draft.setResult(path, result);
  const prepared = guarded(visit, () => ({ kind: "done", result: undoInput(visit) ?? null }));
  if (prepared.kind === "parked") {
    // What was done stays done: only the undo's input is evaluated again.
    draft.patch(path, {
      status: "failed",
      park: "invalid",
      error: prepared.failure,
      completing: true,
    });
    return prepared;
  }
  if (prepared.kind !== "done") return prepared;
  const node = draft.nodes[path];
  const effects = node?.memo === undefined ? undefined : behaviour.effects?.(node.memo);
  draft.patch(path, {
    status: "done",
    order: draft.state.completions,
    endedAt: draft.now,
    error: undefined,
    late: undefined,
    asked: undefined,
    partial: undefined,
    ...(step.common.undo === undefined ? {} : { undo: prepared.result ?? null }),
    // The inner position of a call is of no use any more; its effects' names are, for undo.
    ...(effects === undefined
      ? {}
      : { memo: { effects: effects.map(({ key, path: own }) => ({ key, path: own })) } }),
  });
  draft.state.completions += 1;
  if (step.common.timeout !== undefined) draft.cancelTimer(path, "timeout");
  if (step.common.milestone !== undefined) {
    draft.milestones.push({ name: step.common.milestone, path });
  }
  draft.note(path, "done");
  return { kind: "done" };
}

function undoInput(visit: Visit): Json | undefined {
  const { undo } = visit.step.common;
  if (undo === undefined) return undefined;
  const behaviour = behaviourOf(undo);
  return behaviour.prepare?.(undo, contextOf({ ...visit, step: undo, behaviour }));
}
