import type { StepPlan } from "../model/plan/step.ts";
import type { Progress } from "../steps/behaviour.ts";
import { behaviourOf, idOfPath, innerIds } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";
import { rootFrame } from "./frame.ts";
import { isForward, undoables } from "./undoables.ts";
import { walkBlock, walkStep } from "./walk.ts";

/** Undoes one step after the other, in reverse order of completion. */
export function undoAll(draft: Draft): Progress {
  for (const { path } of undoables(draft)) {
    const progress = undoStep(draft, path);
    if (progress.kind !== "done") return progress;
    const step = draft.flow.stepsById.get(idOfPath(path));
    freeEffects(draft, path, step);
    freeEffects(draft, `undo.${path}`, step?.common.undo);
    draft.patch(path, { status: "undone" });
    draft.note(path, "undone");
  }
  return { kind: "done" };
}

function undoStep(draft: Draft, path: string): Progress {
  const node = draft.nodes[path];
  const step = draft.flow.stepsById.get(idOfPath(path));
  if (node === undefined || step === undefined) return { kind: "done" };
  const { undo } = step.common;
  const frame = rootFrame("undo");
  const place = { draft, path: `undo.${path}`, frame, walk: walkBlock };
  if (undo !== undefined) {
    const behaviour = behaviourOf(undo);
    const prepared = behaviour.prepare === undefined ? undefined : (node.undo ?? null);
    return walkStep({ ...place, step: undo, behaviour, prepared });
  }
  const kind = behaviourOf(step);
  const compensation = { kind: step.kind, argument: step.argument, beside: step.beside };
  return walkStep({
    ...place,
    step: { ...compensation, common: { at: step.at }, id: step.id, named: false, at: step.at },
    behaviour: {
      advance: (plan, context) =>
        kind.compensate?.(plan, context, node.memo ?? null) ?? { kind: "done" },
    },
  });
}

/** What was undone may be done again, and then undone again, by whoever replays it. */
function freeEffects(draft: Draft, path: string, step: StepPlan | undefined): void {
  const memo = draft.nodes[path]?.memo;
  if (step === undefined || memo === undefined) return;
  for (const effect of behaviourOf(step).effects?.(memo) ?? []) {
    draft.effects.push({ ...effect, outcome: { undone: true } });
  }
}

/**
 * Makes a run whose steps were undone ready to go on: they run again, in another round, with other
 * keys; blocks around them are open again.
 */
export function rewind(draft: Draft): void {
  const undone = Object.keys(draft.nodes).filter((path) => draft.nodes[path]?.status === "undone");
  const rounds = { ...draft.state.rounds };
  rounds["on-error"] = (rounds["on-error"] ?? 0) + 1;
  for (const path of undone) {
    rounds[path] = (rounds[path] ?? 0) + 1;
    delete draft.nodes[path];
    draft.setResult(path, null);
  }
  draft.state.rounds = rounds;
  const ids = new Set(undone.map(idOfPath));
  for (const [path, node] of Object.entries(draft.nodes)) {
    if (!isForward(path)) {
      delete draft.nodes[path];
      continue;
    }
    const step = draft.flow.stepsById.get(idOfPath(path));
    const around = step !== undefined && innerIds(step).some((id) => ids.has(id));
    if (around && node.status === "done") {
      draft.patch(path, { status: "waiting", order: undefined, endedAt: undefined });
    }
  }
}
