import type { Failure } from "../errors/failure.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { Json } from "../model/json.ts";
import type { Partial } from "../model/run.ts";
import { behaviourOf } from "./behaviour-of.ts";
import type { Draft } from "./draft.ts";
import { isForward } from "./undoables.ts";
import { contextOf, type Visit } from "./visit.ts";

/** A partial effect as it is recorded, and the input of the undo that takes it back. */
export interface Remains extends Partial {
  readonly undo?: Json;
}

/**
 * What a step that failed for good left behind at the partner: the writes that took effect before, and
 * how they are undone. Undefined where nothing is left.
 */
export function remainsOf(visit: Visit): Remains | undefined {
  const { step, behaviour, path } = visit;
  const { undo } = step.common;
  if (!isForward(path)) return undefined;
  const left = behaviour.left?.(step, contextOf(visit), undo !== undefined);
  if (left === undefined || left.writes.length === 0) return undefined;
  const { writes, result } = left;
  if (undo === undefined) return { writes, why: "the step declares no `undo`" };
  try {
    const prepared = supposing(visit, result, () => {
      const undoing = behaviourOf(undo);
      return undoing.prepare?.(undo, contextOf({ ...visit, step: undo, behaviour: undoing }));
    });
    return { writes, undo: prepared ?? null };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { writes, why: `the input of its \`undo\` cannot be made: ${error.message}` };
  }
}

/** Evaluates as if the step had the result that is known so far. */
function supposing<T>({ draft, path }: Visit, result: Json | undefined, work: () => T): T {
  if (result === undefined) return work();
  const before = draft.results.get(path);
  draft.results.set(path, result);
  draft.version += 1;
  try {
    return work();
  } finally {
    if (before === undefined) draft.results.delete(path);
    else draft.results.set(path, before);
    draft.version += 1;
  }
}

/** What is recorded of it, beside the failure. */
export function partialPatch(draft: Draft, { undo, ...partial }: Remains) {
  const order = draft.state.completions;
  draft.state.completions += 1;
  return { partial, order, undo };
}

/**
 * The failure of a run whose steps left something at a partner that no undo takes back; a person is told
 * once, and the run ends when they let it go on. Undefined when nothing is left.
 */
export function leftBehind(draft: Draft): Failure | undefined {
  const left: Failure[] = [];
  for (const [path, node] of Object.entries(draft.nodes)) {
    if (node.status !== "failed" || node.partial?.why === undefined) continue;
    if (node.park === "stuck" && node.resumed === true) {
      draft.patch(path, { partial: undefined, park: undefined, resumed: undefined });
      draft.note(path, "mended");
      continue;
    }
    draft.patch(path, { park: "stuck" });
    if (node.error !== undefined) left.push(partialFailure(node.error, node.partial));
  }
  const [first] = left;
  if (first === undefined) return undefined;
  return { ...first, message: left.map(({ message }) => message).join("; ") };
}

/** The failure of a step with what it left behind, and why that is still there. */
export function partialFailure(failure: Failure, { writes, why }: Partial): Failure {
  const names = writes.map((name) => `"${name}"`).join(", ");
  const still = why === undefined ? "" : `, and is not undone: ${why}`;
  return {
    ...failure,
    message: `${failure.message} (${names} had taken effect by then${still})`,
    left: writes,
  };
}
