import { behaviourOf, idOfPath } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";

/** A completed step that can be undone. */
interface Undoable {
  readonly path: string;
  readonly order: number;
}

/** Completed steps with something to undo, the last one first. */
export function undoables(draft: Draft): readonly Undoable[] {
  const found: Undoable[] = [];
  for (const [path, node] of Object.entries(draft.nodes)) {
    if (node.status !== "done" || node.order === undefined || !isForward(path)) continue;
    const step = draft.flow.stepsById.get(idOfPath(path));
    if (step === undefined) continue;
    const compensable = behaviourOf(step).compensable?.(step, draft.input.generation) === true;
    if (node.undo !== undefined || compensable) found.push({ path, order: node.order });
  }
  return found.sort((a, b) => b.order - a.order);
}

/** Steps of `on-error` and of undos themselves are never undone. */
export function isForward(path: string): boolean {
  return path.startsWith("steps.");
}

/** Whether something under a path can still be undone. */
export function isUndoable(draft: Draft, under: string): boolean {
  return undoables(draft).some(({ path }) => path.startsWith(`${under}.`));
}
