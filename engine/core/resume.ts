import type { Settlement } from "../model/run-event.ts";
import { behaviourOf, idOfPath } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";
import { standsInDoubt } from "./open-doubts.ts";

/** Lets everything that failed go on, with fresh counters; blocks around it go on with it. */
export function resume(draft: Draft): void {
  const { event } = draft.input;
  if (draft.state.phase === "ended") return;
  delete draft.state.parked;
  if (event.kind === "resume" && event.settled !== undefined) return settle(draft, event.settled);
  draft.note("", "resumed", event.kind === "resume" ? { by: event.by } : null);
  for (const [path, node] of Object.entries(draft.nodes)) {
    const step = draft.flow.stepsById.get(idOfPath(path));
    if (step === undefined || !path.includes(".")) {
      // What stands for the run as a whole (its output, its hold-back) is simply tried again.
      delete draft.nodes[path];
      continue;
    }
    const isBlock = (behaviourOf(step).blocks?.(step).length ?? 0) > 0;
    if (node.status === "failed" || (node.status === "waiting" && isBlock))
      draft.patch(path, { resumed: true });
  }
}

/**
 * Lets that step alone go on, by what a person says it gave. Whatever else failed stands as it did: what
 * is in doubt beside it would be sent again. Blocks around it wait for what is parked in them, and go on
 * as with any event: a branch that was refused still keeps the others from beginning anything.
 */
function settle(draft: Draft, { path }: Settlement): void {
  // Another person was quicker: it parks again as it stands.
  if (standsInDoubt(draft.nodes[path])) draft.patch(path, { resumed: true });
}

/** A child run that was done undoes its steps for its parent. */
export function compensate(draft: Draft, path: string): void {
  if (draft.state.phase === "ended" && draft.state.endedAs !== "done") return;
  draft.state.phase = "undo";
  draft.state.compensates = path;
  delete draft.state.endedAs;
  draft.note("", "compensating", { for: path });
}
