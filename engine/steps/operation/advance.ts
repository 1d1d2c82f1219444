import type { Instant, Json } from "../../model/json.ts";
import type { Progress, StepContext, StepEvent } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import {
  doubtLookup,
  doubtPolicy,
  keyForgotten,
  keyKnownUntil,
  type ResolvedOperation,
} from "./resolve.ts";
import { goBack, unitAt } from "./unit.ts";
import { parkedInDoubt } from "./in-doubt.ts";
import { clear } from "./left-in-doubt.ts";
import { type CallMemo, newMemo, type OpenDelivery, openMemo, recordable } from "./memo.ts";
import { proceedAfter } from "./proceed.ts";
import { settleReference, withReferences } from "./reference.ts";
import { sendLookup } from "./send.ts";

/** Starts an operation with its input, which was checked; `replaceable`: an older answer is at hand. */
export function startOperation(
  operation: ResolvedOperation,
  input: Json,
  context: StepContext,
  replaceable: boolean,
): Progress {
  const memo = { ...newMemo(input), ...(replaceable ? { replaceable } : {}) };
  const state = stateOf(operation, memo, context);
  return drive(state, () => undefined);
}

/** Goes on with an operation by what happened to it. */
export function continueOperation(
  operation: ResolvedOperation,
  recorded: Json,
  context: StepContext,
): Progress {
  const { event } = context;
  if (event === undefined) return { kind: "open" };
  const state = stateOf(operation, openMemo(recorded), context);
  return drive(state, () => take(state, event));
}

/** Tries again what failed last, not before `due`. */
export function repeatOperation(
  operation: ResolvedOperation,
  recorded: Json,
  context: StepContext,
  due: number,
): Progress {
  const state = stateOf(operation, openMemo(recorded), context, due);
  return drive(state, () => repeat(state));
}

/** Whatever of a request is still on its way reaches the partner within this time, or never. */
const underWayMsMax = 30_000;

/**
 * No attempt is left, and one may have taken effect: asks once more where the partner can be asked.
 * Undefined where it cannot, and where it was asked.
 */
export function askOperation(
  operation: ResolvedOperation,
  recorded: Json,
  context: StepContext,
): Progress | undefined {
  const state = stateOf(operation, openMemo(recorded), context, context.now + underWayMsMax);
  if (state.memo.open?.kind !== "request") return undefined;
  const { memo } = state;
  try {
    return askAbout(state);
  } finally {
    context.record(recordable(memo));
  }
}

function stateOf(
  operation: ResolvedOperation,
  memo: CallMemo,
  context: StepContext,
  due = context.now,
): CallState {
  return { operation, memo, context, due, fixed: {} };
}

/** Takes what happened, goes on as far as possible, and records where the operation stands. */
function drive(state: CallState, take: () => Progress | undefined): Progress {
  const { memo, context } = state;
  try {
    return withReferences(state, () => proceedAfter(state, take()));
  } finally {
    // Also where a mapping of ours fails: what was answered is not to be sent again.
    context.record(recordable(memo));
  }
}

function take(state: CallState, event: StepEvent): Progress | undefined {
  const { memo } = state;
  switch (event.kind) {
    case "outcome":
      if (memo.reading?.path === event.path) {
        memo.reading.deliveryId = event.deliveryId;
        return settleReference(state, event.outcome, event.crashed);
      }
      if (memo.open?.path === event.path) {
        memo.open.deliveryId = event.deliveryId;
        memo.open.outcome = event.outcome;
        if (event.crashed) memo.open.crashed = true;
      }
      return undefined;
    case "timer":
      return event.name === "settle" ? settled(state) : undefined;
    case "resume":
      return resume(state);
    case "matched":
    case "chosen":
    case "child-ended":
    case "again":
      return undefined;
  }
}

/** The partner had time to finish: ask whether it happened. */
function settled(state: CallState): Progress | undefined {
  const { memo, operation } = state;
  const unit = unitAt(operation, memo);
  const about = memo.open;
  if (unit === undefined || about?.settling !== true) return undefined;
  delete about.settling;
  return askAbout(state);
}

function askAbout(state: CallState): Progress | undefined {
  const { memo, operation } = state;
  const unit = unitAt(operation, memo);
  if (unit === undefined || memo.open === undefined) return undefined;
  const lookup = doubtLookup(doubtPolicy(operation, unit.request, unit.outer));
  if (lookup === undefined) return undefined;
  const about = memo.open.about ?? memo.open;
  sendLookup(state, unit, { kind: "doubt", name: lookup.name, about });
  return { kind: "open" };
}

/** An earlier attempt may have happened, and the partner does not know our key any more by then. */
function askBeforeResend(state: CallState, open: OpenDelivery): Progress | undefined {
  const { memo, operation, due } = state;
  const unit = unitAt(operation, memo);
  if (unit === undefined || open.doubted !== true) return undefined;
  const policy = doubtPolicy(operation, unit.request, unit.outer);
  if (!keyForgotten(operation, policy, open.firstAt, due)) return undefined;
  return askAbout(state) ?? parkedInDoubt(state, unit, "the partner has forgotten its key by now");
}

/**
 * A person lets it go on. What was in doubt is looked up once more where that is possible;
 * anything else that was out is built anew, since specs may have changed meanwhile.
 */
function resume(state: CallState): Progress | undefined {
  const { memo } = state;
  delete memo.reading;
  const { open } = memo;
  if (open === undefined || open.outcome !== undefined) return undefined;
  const doubtful = open.kind === "doubt" || (open.kind === "request" && open.write);
  const isUndoing = open.left?.isUndoing === true;
  const asked = doubtful && !isUndoing ? askAbout(state) : undefined;
  if (asked !== undefined) return asked;
  // Whoever lets it go on has looked: what stands in the ledger holds this call up no more.
  clear(memo, open.about ?? open);
  delete memo.open;
  return undefined;
}

function repeat(state: CallState): Progress | undefined {
  const { memo, operation, context, due } = state;
  if (memo.anew === true) {
    delete memo.anew;
    return undefined;
  }
  if (memo.againFrom !== undefined) {
    goBack(operation, memo, memo.againFrom);
    return undefined;
  }
  const open = memo.reading ?? memo.open ?? memo.answered?.open;
  if (open?.deliveryId === undefined) {
    const last = operation.requests.at(-1);
    if (last !== undefined) goBack(operation, memo, last.id);
    return undefined;
  }
  if (memo.open === undefined && memo.reading === undefined && memo.answered?.open !== undefined) {
    memo.open = memo.answered.open;
    delete memo.answered;
  }
  const asked = memo.open === open ? askBeforeResend(state, open) : undefined;
  if (asked !== undefined) return asked;
  context.resend(open.deliveryId, due, memo.open === open ? sendBefore(state, open) : undefined);
  return { kind: "open" };
}

/** It may wait for long after it is due: for a pause, a circuit, a rest, or a process that is down. */
function sendBefore({ memo, operation }: CallState, open: OpenDelivery): Instant | undefined {
  const unit = unitAt(operation, memo);
  if (unit === undefined || open.doubted !== true) return undefined;
  return keyKnownUntil(operation, doubtPolicy(operation, unit.request, unit.outer), open.firstAt);
}
