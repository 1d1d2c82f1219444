import type { Json } from "../../model/json.ts";
import type { Progress, StepContext } from "../behaviour.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import { checkExpectations } from "./expectation.ts";
import { finish } from "./finish.ts";
import { meetDoubt } from "./left-in-doubt.ts";
import type { CallMemo, EffectOfCall } from "./memo.ts";
import { sendUnit } from "./send.ts";
import { settle } from "./settle.ts";
import { finishAs } from "./settled-by-person.ts";
import { completeRequest, completeUnit, isFinalCheck, type Unit, unitAt } from "./unit.ts";

/**
 * Runs the requests of an operation as far as they go: sends the next, judges what came, checks
 * expectations, and makes the output when nothing is left to do. `before` is what may have come to
 * an end of its own.
 */
export function proceedAfter(state: CallState, before: Progress | undefined): Progress {
  const { memo, operation } = state;
  let progress = before;
  for (;;) {
    if (progress !== undefined && !tidiesUp(state, progress)) return progress;
    if (memo.reading !== undefined) return { kind: "open" };
    const refused = refusedTemplate(state);
    if (refused !== undefined) return refused;
    const unit = unitAt(operation, memo);
    if (unit === undefined) return finish(state);
    progress = move(state, unit);
  }
}

/**
 * Goes on to the requests that a template sends `always`, when one of its requests was refused for
 * good, and past such a request when it is refused itself.
 */
function tidiesUp({ operation, memo }: CallState, progress: Progress): boolean {
  const unit = unitAt(operation, memo);
  const { use } = memo;
  if (progress.kind !== "failed" || use === undefined || unit === undefined) return false;
  const requests = operation.adapter.templates?.[unit.outer.use ?? ""] ?? [];
  const isRefused = progress.failure.class === "business";
  if (requests[use.at]?.always === true) {
    if (!isRefused && use.refused === undefined) return false;
    delete memo.open;
    completeUnit(operation, memo, unit, null);
    return true;
  }
  const next = requests.findIndex(({ always }, index) => index > use.at && always === true);
  if (!isRefused || next < 0) return false;
  use.refused = progress.failure;
  use.at = next;
  delete memo.open;
  delete memo.answered;
  return true;
}

/**
 * The failure of a template that was refused, once everything that tidies up was sent: of what it did,
 * nothing is left.
 */
function refusedTemplate({ operation, memo, context }: CallState): Progress | undefined {
  const { use } = memo;
  if (use?.refused === undefined) return undefined;
  const template = operation.requests[memo.index]?.use ?? "";
  if (use.at < (operation.adapter.templates?.[template]?.length ?? 0)) return undefined;
  delete memo.use;
  memo.anew = true;
  forgetTemplate(memo, `${context.path}/${operation.requests[memo.index]?.id ?? ""}.`, context);
  return { kind: "failed", failure: use.refused };
}

/** What is tidied up is no effect of ours any more, and may be had again. */
function forgetTemplate(memo: CallMemo, prefix: string, context: StepContext): void {
  const item = memo.each === undefined ? "" : `[${memo.each.at}]`;
  const isOver = ({ path }: EffectOfCall): boolean =>
    path.startsWith(prefix) && path.endsWith(item);
  for (const effect of memo.effects.filter(isOver))
    context.effect({ ...effect, outcome: { undone: true } });
  memo.effects = memo.effects.filter((effect) => !isOver(effect));
}

function move(state: CallState, unit: Unit): Progress | undefined {
  const { memo } = state;
  if (memo.open !== undefined) {
    return memo.open.outcome === undefined ? { kind: "open" } : settle(state, unit, memo.open);
  }
  if (memo.answered !== undefined) return checkExpectations(state, unit, memo.answered);
  return begin(state, unit);
}

/** Begins a request: its condition, its items, its template, its first page; then sends. */
function begin(state: CallState, unit: Unit): Progress | undefined {
  const { memo, operation, context } = state;
  const { outer } = unit;
  if (isFinalCheck(operation, memo)) {
    memo.answered = { ...(memo.last ?? { result: null, response: null }), expectation: 0 };
    return undefined;
  }
  const fresh = memo.each === undefined && memo.use === undefined && memo.page === undefined;
  if (fresh && outer.if !== undefined && !scopeOf(state).holds(outer.if)) {
    context.history("skipped", null, `${context.path}/${unit.name}`);
    completeRequest(memo, outer, null);
    return undefined;
  }
  if (fresh && outer.each !== undefined) return beginEach(state, unit);
  if (memo.use === undefined && outer.use !== undefined) return beginTemplate(state, unit);
  if (fresh && operation.plan.page !== undefined && memo.index === operation.requests.length - 1) {
    beginPages(state);
  }
  const inner = unit.request === outer ? undefined : unit.request.if;
  if (inner !== undefined && !scopeOf(state).holds(inner)) {
    completeUnit(operation, memo, unit, null);
    return undefined;
  }
  const sent = sendUnit(state, unit);
  if (sent === "sent") return { kind: "open" };
  if (sent.kind === "conflict") return conflict(state, unit);
  if (sent.kind === "doubt") return meetDoubt(state, unit, sent);
  context.history("adopted", null, `${context.path}/${unit.name}`);
  memo.effects.push(sent.effect);
  if (sent.kind === "settled") return finishAs(state, sent.output);
  memo.answered = { result: sent.result, response: null, expectation: 0 };
  return undefined;
}

function beginEach(state: CallState, unit: Unit): undefined {
  const { memo } = state;
  const items = unit.outer.each === undefined ? [] : scopeOf(state).evaluate(unit.outer.each);
  const list: readonly Json[] = Array.isArray(items)
    ? (items as readonly Json[])
    : items === undefined || items === null
      ? []
      : [items];
  if (list.length === 0) completeRequest(memo, unit.outer, []);
  else memo.each = { items: list, at: 0, results: [] };
}

function beginTemplate(state: CallState, unit: Unit): undefined {
  const scope = scopeOf(state);
  const values = Object.entries(unit.outer.with ?? {}).map(([name, template]): [string, Json] => [
    name,
    scope.evaluate(template) ?? null,
  ]);
  state.memo.use = { at: 0, done: {}, call: Object.fromEntries(values) };
}

function beginPages(state: CallState): void {
  const scope = scopeOf(state);
  const start = Object.entries(state.operation.plan.page?.start ?? {}).map(
    ([name, template]): [string, Json] => [name, scope.evaluate(template) ?? null],
  );
  state.memo.page = { number: 0, cursor: Object.fromEntries(start), rows: [] };
}

function conflict({ operation, context }: CallState, unit: Unit): Progress {
  return {
    kind: "parked",
    as: "in-doubt",
    failure: {
      class: "in-doubt",
      code: "call/effect-conflict",
      message: `${operation.system}.${operation.name} took effect before with another body than "${unit.name}" has now`,
      at: unit.request.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
    },
  };
}
