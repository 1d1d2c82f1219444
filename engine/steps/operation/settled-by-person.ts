import { ExpressionError, NeedsFact } from "../../model/evaluation-error.ts";
import { type Expression, factKey, type Template } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { OperationRequestPlan } from "../../model/plan/adapter.ts";
import type { Progress, StepContext } from "../behaviour.ts";
import { conform } from "../shared/conform.ts";
import { textOf } from "../shared/truth.ts";
import { type CallState, scopeOf } from "./call-state.ts";
import { recordSettled } from "./ledger.ts";
import {
  type CallMemo,
  type EffectOfCall,
  type OpenDelivery,
  openMemo,
  recordable,
} from "./memo.ts";
import { isWrite, type ResolvedOperation } from "./resolve.ts";
import type { OperationScope } from "./scope.ts";
import { unitAt } from "./unit.ts";

/** A write that stands in doubt, as a person is told of it who knows that it was done. */
export interface DoubtOfCall {
  /** The request within the operation: `create`, `lines[2]`. */
  readonly request: string;
  /** Writes of the operation that come after it: they are not sent where the whole is taken for done. */
  readonly notSent: readonly string[];
  readonly effect?: EffectOfCall;
}

/**
 * What of an operation stands in doubt, by what its step recorded. Whether something was taken back is
 * another question: what it gave is known, and a person has no answer to add.
 */
export function doubtOf(operation: ResolvedOperation, recorded: Json): DoubtOfCall | undefined {
  const memo = openMemo(recorded);
  const write = doubtfulWrite(memo);
  const unit = unitAt(operation, memo);
  if (write === undefined || unit === undefined) return undefined;
  return {
    request: unit.name,
    notSent: writesAfter(operation, memo),
    ...(write.effect === undefined ? {} : { effect: write.effect }),
  };
}

/**
 * A person says that the operation was done, and what it gave: nothing more of it is sent. The ledger
 * has that output from now on, since nobody knows what the partner answered.
 */
export function settleByPerson(
  operation: ResolvedOperation,
  recorded: Json,
  context: StepContext,
  word: { readonly by: string; readonly reason: string; readonly output: Json },
): Progress {
  const memo = openMemo(recorded);
  const state: CallState = { operation, memo, context, due: context.now, fixed: {} };
  const write = doubtfulWrite(memo);
  if (write === undefined) return { kind: "open" };
  const notSent = writesAfter(operation, memo);
  const done = finishAs(state, word.output);
  context.history(
    "doubt-settled",
    {
      as: "person",
      by: word.by,
      reason: word.reason,
      ...(notSent.length === 0 ? {} : { notSent }),
    },
    write.path,
  );
  recordSettled(state, write, "done");
  if (write.effect !== undefined) {
    context.effect({ ...write.effect, outcome: { output: done.result } });
    memo.effects.push(write.effect);
  }
  delete memo.open;
  context.record(recordable(memo));
  return done;
}

/** The operation's output as a person gave it, checked, with the links that can be told from it. */
export function finishAs(
  state: CallState,
  given: Json,
): { readonly kind: "done"; readonly result: Json } {
  const { operation, context } = state;
  const output = conform(given, operation.output, context.generation, {
    code: "call/output-breach",
    what: `the output of ${operation.system}.${operation.name}, as a person gave it,`,
    at: operation.at,
  });
  takeLinks(state, output);
  return { kind: "done", result: output };
}

function doubtfulWrite({ open }: CallMemo): OpenDelivery | undefined {
  if (open === undefined || (open.kind !== "request" && open.kind !== "doubt")) return undefined;
  const write = open.about ?? open;
  return write.write && write.left?.isUndoing !== true ? write : undefined;
}

/**
 * Links need what the partner answered. That is known where the operation gives it on as it is; otherwise
 * only those are taken that do without, and of the others it is told that they are open.
 */
function takeLinks(state: CallState, output: Json): void {
  const { operation, context } = state;
  const isAnswer = operation.plan.result === undefined;
  const scope = scopeOf(state).with(isAnswer ? { result: output, response: null } : {});
  for (const { entity, canonical, id } of operation.plan.link ?? []) {
    const { system } = operation;
    const link = { canonicalId: told(scope, canonical, context), id: told(scope, id, context) };
    if (link.canonicalId !== "" && link.id !== "") {
      context.link({ entity, system, canonicalId: link.canonicalId, id: link.id });
      continue;
    }
    const known = link.canonicalId === "" ? {} : { canonicalId: link.canonicalId };
    context.history("link-open", { entity, system, ...known });
  }
}

/** '' where it cannot be told. */
function told(scope: OperationScope, value: Expression | Template, context: StepContext): string {
  try {
    return textOf(scope.evaluate(value));
  } catch (error) {
    if (error instanceof ExpressionError) return "";
    // A row that only the partner has, and nothing is asked of it now.
    if (error instanceof NeedsFact && context.facts.has(factKey(error.request))) return "";
    throw error;
  }
}

function writesAfter(operation: ResolvedOperation, memo: CallMemo): readonly string[] {
  const { adapter, requests } = operation;
  const innerOf = ({ use = "" }: OperationRequestPlan) => adapter.templates?.[use] ?? [];
  const writes = (outer: OperationRequestPlan): boolean =>
    outer.use === undefined
      ? isWrite(operation, outer)
      : innerOf(outer).some((inner) => isWrite(operation, inner, outer));
  const outer = requests[memo.index];
  if (outer === undefined) return [];
  const { use, each } = memo;
  const inner = use === undefined ? [] : innerOf(outer).slice(use.at + 1);
  return [
    ...inner
      .filter((request) => isWrite(operation, request, outer))
      .map(({ id }) => `${outer.id}.${id}`),
    ...(each?.items ?? []).flatMap((_, index) =>
      index > (each?.at ?? 0) && writes(outer) ? [`${outer.id}[${index}]`] : [],
    ),
    ...requests
      .slice(memo.index + 1)
      .filter(writes)
      .map(({ id }) => id),
  ];
}
