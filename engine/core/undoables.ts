import { behaviourOf, idOfPath } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";

/** A step that can be undone: it is complete, or left something behind when it failed. */
interface Undoable {
  readonly path: string;
  readonly order: number;
}

/** Steps with something to undo, the last one first. */
export function undoables(draft: Draft): readonly Undoable[] {
  const found: Undoable[] = [];
  for (const [path, node] of Object.entries(draft.nodes)) {
    const isPartial = ["failed", "caught"].includes(node.status) && node.partial !== undefined;
    if (!isPartial && node.status !== "done") continue;
    if (node.order === undefined || !isForward(path)) continue;
    const step = draft.flow.stepsById.get(idOfPath(path));
    if (step === undefined) continue;
    const compensable =
      !isPartial && behaviourOf(step).compensable?.(step, draft.input.generation) === true;
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
