import type { Instant, JsonObject } from "../../model/json.ts";
import type { NewDelivery } from "../../model/decision.ts";
import type { InDoubtPlan, RequestPlan } from "../../model/plan/adapter.ts";
import { dateTimeText } from "../../model/civil.ts";
import { atPage } from "../../model/page-url.ts";
import type { HttpRequest } from "../../model/request.ts";
import { itemSegment } from "../shared/item-segment.ts";
import { OwnFault } from "../shared/own-fault.ts";
import { buildRequest } from "./build-request.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import { type LedgerAnswer, ledgerAnswer, leftReason } from "./ledger.ts";
import type { EffectOfCall, LeftInDoubt, OpenDelivery } from "./memo.ts";
import { rememberEcho } from "./echo.ts";
import {
  doubtfulness,
  doubtPolicy,
  idempotencyOf,
  isWrite,
  keyForgotten,
  mayResend,
  type ResolvedOperation,
} from "./resolve.ts";
import type { OperationScope } from "./scope.ts";
import { deliveryPath, isFinalCheck, type Unit } from "./unit.ts";

/** What came of sending a unit: it is out, its effect is known already, or it must not be sent. */
export type Sent =
  | "sent"
  | Extract<LedgerAnswer, { kind: "known" | "settled" | "conflict" | "doubt" }>;

/** Builds the unit's request and puts it into the outbox, unless its effect took place before. */
export function sendUnit(state: CallState, unit: Unit): Sent {
  const { operation, memo, context } = state;
  const built = buildRequest(unit.request, operation.adapter, scopeOf(state), context);
  const request = memo.page?.url === undefined ? built : atPage(built, memo.page.url);
  // What the next page's address may be relative to.
  if (memo.page !== undefined) memo.page.asked = request.url;
  const base = `${context.path}/${unit.name}`;
  if (!isWrite(operation, unit.request, unit.outer)) {
    const path = deliveryPath(base, memo, context.round);
    memo.open = { kind: "request", path, write: false, firstAt: context.now };
    deliver(state, path, request, {});
    return "sent";
  }
  const policy = doubtPolicy(operation, unit.request, unit.outer);
  const answer = ledgerAnswer(base, request, state);
  if (answer.kind === "again") mustKnowKey(state, unit, policy, answer.at);
  if (answer.kind === "gone") throw answerGone(unit);
  if (answer.kind === "known" || answer.kind === "settled") return answer;
  if (answer.kind === "conflict") return answer;
  const left = answer.kind === "doubt" ? answer.left : undefined;
  if (answer.kind === "doubt" && !mayGoAgain(state, policy, answer.left)) return answer;
  const path = deliveryPath(base, memo, context.round);
  if (left !== undefined)
    context.history("in-doubt", { reason: leftReason(left), next: "same-key" }, path);
  rememberEcho(state);
  const isSafe = doubtfulness(policy) !== true;
  const effect: EffectOfCall = isSafe ? { ...answer.effect, safe: true } : answer.effect;
  memo.open = {
    kind: "request",
    path,
    write: true,
    firstAt: left?.at ?? context.now,
    effect,
    ...(left === undefined ? {} : { doubted: true, onRecord: true }),
  };
  deliver(state, path, request, {
    effectKey: answer.effect.key,
    // Where doubt cannot be resolved, never-sent must be told from unknown.
    markSent:
      policy === undefined ? idempotencyOf(operation) === undefined : policy.kind === "park",
  });
  return "sent";
}

/** What a run before left in doubt goes again under its key, as long as the partner knows that. */
function mayGoAgain(
  { operation, context }: CallState,
  policy: InDoubtPlan | undefined,
  { at, isOther, isUndoing }: LeftInDoubt,
): boolean {
  if (isOther === true || isUndoing === true || !mayResend(operation, policy)) return false;
  return !keyForgotten(operation, policy, at, context.now);
}

/** Sent again under its key, it is done once only where the partner knows the key, or where it does no harm. */
function mustKnowKey(
  { operation, context }: CallState,
  { name, request }: Unit,
  policy: InDoubtPlan | undefined,
  doneAt: Instant,
): void {
  const isForgotten = keyForgotten(operation, policy, doneAt, context.now);
  if (mayResend(operation, policy) && !isForgotten) return;
  const whose = `${operation.system}.${operation.name}`;
  throw new OwnFault(
    "call/key-not-known",
    isForgotten
      ? `"${name}" of ${whose} was done at ${dateTimeText(doneAt)}, and ${operation.adapter.name} knows its key no more`
      : `"${name}" of ${whose} was done before, and ${operation.adapter.name} knows no keys: it would be done twice`,
    request.at,
    "look at the partner's record; where it is to be done anew all the same, let it have a new key",
  );
}

/** It was done, and must not be done again; but what comes after cannot know what it gave. */
function answerGone({ name, request }: Unit): OwnFault {
  return new OwnFault(
    "call/answer-gone",
    `"${name}" was done before, and its answer went with the payloads of that run`,
    request.at,
    "nothing is sent again: look at the partner's record, and discard this run or mend it by hand",
  );
}

/** Sends a look-up about the unit: did it happen, what was there, does an expectation hold? */
export function sendLookup(
  state: CallState,
  unit: Unit,
  lookup: {
    readonly kind: "doubt" | "adopt" | "expect" | "verify";
    readonly name: string;
    /** Not before this time. */
    readonly due?: number;
    readonly about?: OpenDelivery;
  },
): void {
  const { operation, memo, context } = state;
  const plan = operation.adapter.lookups?.[lookup.name];
  if (plan === undefined) {
    throw new OwnFault(
      "call/unknown-lookup",
      `adapter "${operation.adapter.name}" has no look-up "${lookup.name}"`,
      unit.request.at,
      "declare it under `lookups`",
    );
  }
  const scope = withOwnAnswer(state, unit);
  const request = buildRequest(plan, operation.adapter, scope, context);
  const path = deliveryPath(`${context.path}/${unit.name}?`, memo, context.round);
  memo.open = {
    kind: lookup.kind,
    path,
    write: false,
    firstAt: context.now,
    lookup: lookup.name,
    ...(lookup.about === undefined ? {} : { about: lookup.about }),
  };
  deliver(
    lookup.due === undefined ? state : { ...state, due: Math.max(state.due, lookup.due) },
    path,
    request,
    {},
  );
}

/** What a request was answered is `$requests.<id>` of the looks that judge it: a job is found by its id. */
function withOwnAnswer(state: CallState, { request }: Unit): OperationScope {
  const { operation, memo } = state;
  const scope = scopeOf(state);
  if (memo.answered === undefined || isFinalCheck(operation, memo)) return scope;
  const requests = scope.roots["requests"] as JsonObject;
  return scope.with({ requests: { ...requests, [request.id]: memo.answered.result } });
}

/** Reads a row of the vendor's table that is not in the cache. */
export function sendReference(state: CallState, table: string, key: string): void {
  const { operation, memo, context } = state;
  const plan = referencePlan(operation, table);
  const scope = scopeOf(state).with({ call: { key } });
  const request = buildRequest(plan, operation.adapter, scope, context);
  const base = `${context.path}/ref:${table}:${itemSegment(key).slice(1, -1)}`;
  const path = deliveryPath(base, memo, context.round);
  memo.reading = { path, table, key };
  deliver(state, path, request, {});
}

export function referencePlan(operation: ResolvedOperation, table: string) {
  const plan = operation.adapter.reference?.[table];
  if (plan === undefined) {
    throw new OwnFault(
      "call/unknown-reference",
      `adapter "${operation.adapter.name}" has no table "${table}"`,
      operation.at,
      "declare it under `reference`",
    );
  }
  return plan satisfies RequestPlan;
}

function deliver(
  state: CallState,
  path: string,
  request: HttpRequest,
  write: { readonly effectKey?: string; readonly markSent?: boolean },
): void {
  const { operation, context, due } = state;
  context.history("sending", { method: request.method, url: request.url }, path);
  context.deliver({
    path,
    system: operation.system,
    adapter: operation.adapter.name,
    operation: operation.name,
    request,
    read: write.effectKey === undefined,
    ...(write.effectKey === undefined ? {} : { effectKey: write.effectKey }),
    attempt: context.failures,
    due: Math.max(due, context.now),
    markSent: write.markSent ?? false,
    ...urgency(state),
  });
}

/**
 * Until when the answer of a look-up is of use. A caller who waits is told late where nothing can stand
 * in for it, and the work is finished all the same.
 */
function urgency({ operation, memo, context }: CallState): Partial<NewDelivery> {
  if (!operation.read) return {};
  const { now, timeIsUpAt, run } = context;
  const { replaceable } = memo;
  const isAwaited = replaceable === true && run.state.responded !== true;
  const ends = [timeIsUpAt, isAwaited ? run.respondBy : undefined];
  const times = ends.flatMap((time) => (time !== undefined && time > now ? [time] : []));
  if (times.length === 0) return {};
  return {
    useBefore: Math.min(...times),
    ...(replaceable === undefined ? {} : { replaceable }),
  };
}
