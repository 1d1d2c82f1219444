import type { Progress } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import { inDoubt } from "./in-doubt.ts";
import { type LedgerAnswer, leftReason } from "./ledger.ts";
import type { CallMemo, LeftInDoubt, OpenDelivery } from "./memo.ts";
import { doubtLookup, doubtPolicy } from "./resolve.ts";
import type { Unit } from "./unit.ts";

/**
 * A run before this one sent it, and ended with its outcome unknown: that is found out first, or a
 * person is asked. Nothing of this run was sent yet.
 */
export function meetDoubt(
  state: CallState,
  unit: Unit,
  { effect, left }: Extract<LedgerAnswer, { kind: "doubt" }>,
): Progress {
  const { operation, memo, context } = state;
  const path = `${context.path}/${unit.name}`;
  const open: OpenDelivery = {
    kind: "request",
    path,
    write: true,
    firstAt: left.at,
    effect,
    left,
    // Of an undo in doubt, the ledger has a word of its own: the effect itself stands as done.
    ...(left.isUndoing === true ? {} : { onRecord: true }),
  };
  memo.open = open;
  const policy = doubtPolicy(operation, unit.request, unit.outer);
  const isForPerson = left.isOther === true || left.isUndoing === true;
  const reason = leftReason(left);
  if (!isForPerson && doubtLookup(policy) !== undefined)
    return inDoubt(state, unit, open, { reason, crashed: false });
  context.history("in-doubt", { reason, next: "person" }, path);
  return parkedLeft(state, unit, left);
}

function parkedLeft({ operation, context }: CallState, unit: Unit, left: LeftInDoubt): Progress {
  const whole = `"${unit.name}" of ${operation.system}.${operation.name}`;
  const other = left.isOther === true ? ", with another body than it has now" : "";
  const what = left.isUndoing === true ? "may have been undone" : "may have taken effect before";
  return {
    kind: "parked",
    as: "in-doubt",
    failure: {
      class: "in-doubt",
      code: left.isUndoing === true ? "call/undo-in-doubt" : "call/left-in-doubt",
      message: `${whole} ${what}${other}: ${leftReason(left)}`,
      at: unit.request.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
    },
  };
}

/** From now on nothing stands in doubt under this key, for this call: it was found out, or a person says so. */
export function clear(memo: CallMemo, { effect }: OpenDelivery): void {
  if (effect !== undefined) memo.cleared = [...(memo.cleared ?? []), effect.key];
}
