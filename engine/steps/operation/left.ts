import { ExpressionError, NeedsFact } from "../../model/evaluation-error.ts";
import type { Json } from "../../model/json.ts";
import type { CallState } from "./call-state.ts";
import { outputOf } from "./finish.ts";
import type { CallMemo } from "./memo.ts";

/**
 * Names of the writes that took effect in an operation that then failed: `create`, `lines[2]`. The one
 * whose own answer was not what it must be is not among them; nor, unless `all` are asked for, are those
 * that only set something.
 */
export function writesLeft(memo: CallMemo, path: string, all: boolean): readonly string[] {
  const judged = judgedOf(memo);
  const left = memo.effects.filter(
    ({ path: own, safe }) => own !== judged && (all || safe !== true),
  );
  return [...new Set(left.map(({ path: own }) => own.slice(path.length + 1)))];
}

/** Path of the write whose answer is being judged; of the operation's own check, of the last one. */
function judgedOf({ answered, effects }: CallMemo): string | undefined {
  if (answered === undefined) return undefined;
  return answered.open === undefined ? effects.at(-1)?.path : answered.open.effect?.path;
}

/** The operation's output, where what was answered by then is enough to make it. */
export function outputSoFar(state: CallState): Json | undefined {
  try {
    return outputOf(state);
  } catch (error) {
    if (error instanceof NeedsFact || !(error instanceof ExpressionError)) throw error;
    return undefined;
  }
}
