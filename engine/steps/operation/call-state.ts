import type { StepContext } from "../behaviour.ts";
import type { CallMemo } from "./memo.ts";
import type { ResolvedOperation } from "./resolve.ts";
import { type FixedRoots, fixedRoots, operationScope, type OperationScope } from "./scope.ts";

/** One call under way: its plan, its memo, and the step it belongs to. */
export interface CallState {
  readonly operation: ResolvedOperation;
  readonly memo: CallMemo;
  readonly context: StepContext;
  /** Nothing built now is sent before this time. */
  readonly due: number;
  /** Roots that stay as they are during one decision; made when they are first asked for. */
  readonly fixed: { roots?: FixedRoots };
}

/** The scope as the memo stands now. */
export function scopeOf(state: CallState): OperationScope {
  const { operation, memo, context, fixed } = state;
  return operationScope(operation, memo, context, (fixed.roots ??= fixedRoots(operation, context)));
}
