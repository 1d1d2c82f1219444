import type { StepContext } from "../behaviour.ts";
import type { CallMemo } from "./memo.ts";
import type { ResolvedOperation } from "./resolve.ts";
import { operationScope, type OperationScope } from "./scope.ts";

/** One call under way: its plan, its memo, and the step it belongs to. */
export interface CallState {
  readonly operation: ResolvedOperation;
  readonly memo: CallMemo;
  readonly context: StepContext;
  /** Nothing built now is sent before this time. */
  readonly due: number;
}

/** The scope as the memo stands now. */
export function scopeOf(state: CallState): OperationScope {
  return operationScope(state.operation, state.memo, state.context);
}
