import type { Expression, Scope, Template } from "../../model/expression.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { isTrue } from "../shared/truth.ts";
import type { CallMemo } from "./memo.ts";
import type { ResolvedOperation } from "./resolve.ts";

/** What the expressions of an adapter see: its own constants, the call's input, earlier answers. */
export interface OperationScope {
  readonly roots: Scope;
  evaluate(value: Expression | Template, more?: Scope): Json | undefined;
  holds(expression: Expression, more?: Scope): boolean;
  /** As `evaluate`, with exactly these roots. */
  bare(value: Expression | Template, roots: Scope): Json | undefined;
  /** The same with further roots. */
  with(more: Scope): OperationScope;
}

const referencePrefix = '["reference",';

/**
 * Rows that the cache does not have are taken out of the facts, so that an expression that reads
 * one says so; rows that this call has read are put in.
 */
function factsFor(context: StepContext, memo: CallMemo): ReadonlyMap<string, Json> {
  const facts = new Map<string, Json>();
  for (const [key, value] of context.facts) {
    if (value !== null || !key.startsWith(referencePrefix)) facts.set(key, value);
  }
  for (const [key, row] of Object.entries(memo.references)) facts.set(key, row);
  return facts;
}

/** `$run.effect`: the call by its business identity, to mark what has nothing unique of its own. */
function effectOf(context: StepContext): string {
  const { path, round } = context;
  return context.effectKey(round === 0 ? path : `${path}~${round}`);
}

export function operationScope(
  operation: ResolvedOperation,
  memo: CallMemo,
  context: StepContext,
): OperationScope {
  const { adapter } = operation;
  const env = context.root("env");
  const vars: [string, Json][] = Object.entries(adapter.vars ?? {}).map(([name, template]) => [
    name,
    context.evaluateIn(template, { env }) ?? null,
  ]);
  const evaluation = { facts: factsFor(context, memo), adapter: adapter.name };
  const build = (roots: Scope): OperationScope => ({
    roots,
    evaluate: (value, more) => context.evaluateIn(value, { ...roots, ...more }, evaluation),
    holds: (expression, more) =>
      isTrue(context.evaluateIn(expression, { ...roots, ...more }, evaluation), expression),
    bare: (value, exactly) => context.evaluateIn(value, exactly, evaluation),
    with: (more) => build({ ...roots, ...more }),
  });
  return build({
    env,
    run: { ...(context.root("run") as JsonObject), effect: effectOf(context) },
    vars: Object.fromEntries(vars),
    input: memo.input,
    requests: { ...memo.done, ...memo.use?.done },
    ...(memo.use === undefined ? {} : { call: memo.use.call }),
    ...(memo.each === undefined ? {} : { item: memo.each.items[memo.each.at] ?? null }),
    ...(memo.page === undefined ? {} : { cursor: memo.page.cursor }),
  });
}
