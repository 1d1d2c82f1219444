import type { Json } from "../../model/json.ts";
import type { OperationRequestPlan } from "../../model/plan/adapter.ts";
import type { CallMemo } from "./memo.ts";
import type { ResolvedOperation } from "./resolve.ts";

/** The request under way: one of the operation's, or one of the template that it uses. */
export interface Unit {
  readonly request: OperationRequestPlan;
  /** The operation's request; the same unless `use` names a template. */
  readonly outer: OperationRequestPlan;
  /** Names the request within the call: `create`, `taxes[2]`, `process.execute`, `list#3`. */
  readonly name: string;
}

/** The request that the memo stands at; undefined after the last. */
export function unitAt(operation: ResolvedOperation, memo: CallMemo): Unit | undefined {
  const outer = operation.requests[memo.index] ?? finalCheck(operation, memo);
  if (outer === undefined) return undefined;
  const item = memo.each === undefined ? "" : `[${memo.each.at}]`;
  const page = memo.page === undefined || memo.page.number === 0 ? "" : `#${memo.page.number}`;
  const inner =
    memo.use === undefined || outer.use === undefined
      ? undefined
      : operation.adapter.templates?.[outer.use]?.[memo.use.at];
  return inner === undefined
    ? { request: outer, outer, name: `${outer.id}${item}${page}` }
    : { request: inner, outer, name: `${outer.id}.${inner.id}${item}` };
}

/** Path of a delivery that is built now; one that is built again gets a path of its own. */
export function deliveryPath(base: string, memo: CallMemo, round: number): string {
  const builds = memo.builds[base] ?? 0;
  memo.builds[base] = builds + 1;
  const after = round === 0 ? base : `${base}~round${round}`;
  return builds === 0 ? after : `${after}~${builds}`;
}

/** The operation's own expectations stand after its last request, as one that sends nothing. */
function finalCheck(
  operation: ResolvedOperation,
  memo: CallMemo,
): OperationRequestPlan | undefined {
  const { expect, verify } = operation.plan;
  if ((expect === undefined && verify === undefined) || memo.checked === true) return undefined;
  // Judged is the last answer, with the values of its request.
  const call = operation.requests.at(-1)?.call;
  return {
    id: "expect",
    at: operation.at,
    ...(call === undefined ? {} : { call }),
    ...(expect === undefined ? {} : { expect }),
    ...(verify === undefined ? {} : { verify }),
  };
}

/** True for the check that stands after the last request. */
export function isFinalCheck(operation: ResolvedOperation, memo: CallMemo): boolean {
  return memo.index >= operation.requests.length;
}

/** Records the result of the unit and moves on to the next. */
export function completeUnit(
  operation: ResolvedOperation,
  memo: CallMemo,
  unit: Unit,
  result: Json,
): void {
  delete memo.answered;
  delete memo.page;
  if (isFinalCheck(operation, memo)) {
    memo.checked = true;
    return;
  }
  if (memo.use !== undefined) {
    memo.use.done[unit.request.id] = result;
    memo.use.at += 1;
    const requests = operation.adapter.templates?.[unit.outer.use ?? ""] ?? [];
    if (memo.use.refused !== undefined) {
      const { at } = memo.use;
      const next = requests.findIndex(({ always }, index) => index >= at && always === true);
      memo.use.at = next < 0 ? requests.length : next;
      return;
    }
    if (memo.use.at < requests.length) return;
    const { done } = memo.use;
    delete memo.use;
    completeItem(memo, unit.outer, done);
    return;
  }
  completeItem(memo, unit.outer, result);
}

function completeItem(memo: CallMemo, outer: OperationRequestPlan, result: Json): void {
  if (memo.each === undefined) {
    completeRequest(memo, outer, result);
    return;
  }
  memo.each.results.push(result);
  memo.each.at += 1;
  if (memo.each.at < memo.each.items.length) return;
  const { results } = memo.each;
  delete memo.each;
  completeRequest(memo, outer, results);
}

/** Records the result of a whole request: all its items, all its template's requests. */
export function completeRequest(memo: CallMemo, outer: OperationRequestPlan, result: Json): void {
  memo.done[outer.id] = result;
  memo.index += 1;
}

/** Goes back to a request: what came from it and after it is forgotten. */
export function goBack(operation: ResolvedOperation, memo: CallMemo, id: string): void {
  const index = operation.requests.findIndex((request) => request.id === id);
  memo.index = Math.max(index, 0);
  for (const later of operation.requests.slice(memo.index)) delete memo.done[later.id];
  for (const name of [
    "each",
    "use",
    "page",
    "open",
    "answered",
    "againFrom",
    "anew",
    "checked",
  ] as const) {
    delete memo[name];
  }
}
