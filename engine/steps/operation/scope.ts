import type { EvaluationContext, Expression, Scope, Template } from "../../model/expression.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { isTrue } from "../shared/truth.ts";
import { runRoot } from "./effect-root.ts";
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

function joined(roots: Scope, more: Scope | undefined): Scope {
  return more === undefined ? roots : { ...roots, ...more };
}

const referencePrefix = '["reference",';

/**
 * Rows that the cache does not have are taken out of the facts, so that an expression that reads
 * one says so; rows that this call has read are put in.
 */
function factsFor(context: StepContext, memo: CallMemo): ReadonlyMap<string, Json> {
  if (context.facts.size === 0 && isEmpty(memo.references)) return noFacts;
  const facts = new Map<string, Json>();
  for (const [key, value] of context.facts) {
    if (value !== null || !key.startsWith(referencePrefix)) facts.set(key, value);
  }
  for (const [key, row] of Object.entries(memo.references)) facts.set(key, row);
  return facts;
}

function isEmpty(record: Readonly<Record<string, Json>>): boolean {
  for (const _ in record) return false;
  return true;
}

/** Roots that do not depend on how far the call has come. */
export interface FixedRoots {
  readonly env: Json;
  readonly run: JsonObject;
  readonly vars: JsonObject;
}

export function fixedRoots({ adapter }: ResolvedOperation, context: StepContext): FixedRoots {
  const env = context.root("env");
  const vars: Record<string, Json> = {};
  for (const [name, template] of Object.entries(adapter.vars ?? {})) {
    vars[name] = context.evaluateIn(template, { env }) ?? null;
  }
  return { env, run: runRoot(adapter, context), vars };
}

const noFacts: ReadonlyMap<string, Json> = new Map();

export function operationScope(
  operation: ResolvedOperation,
  memo: CallMemo,
  context: StepContext,
  { env, run, vars }: FixedRoots,
): OperationScope {
  const evaluation = { facts: factsFor(context, memo), adapter: operation.adapter.name };
  const { each, page, use } = memo;
  const roots: Record<string, unknown> = {
    env,
    run,
    vars,
    input: memo.input,
    requests: { ...memo.done, ...use?.done },
  };
  if (use !== undefined) roots["call"] = use.call;
  if (each !== undefined) roots["item"] = each.items[each.at] ?? null;
  if (page !== undefined) roots["cursor"] = page.cursor;
  return new Roots(roots, context, evaluation);
}

/** A class, and no object of closures: an answer is judged in four of them. */
class Roots implements OperationScope {
  readonly roots: Scope;
  readonly #context: StepContext;
  readonly #evaluation: Partial<EvaluationContext>;

  constructor(roots: Scope, context: StepContext, evaluation: Partial<EvaluationContext>) {
    this.roots = roots;
    this.#context = context;
    this.#evaluation = evaluation;
  }

  evaluate(value: Expression | Template, more?: Scope): Json | undefined {
    return this.bare(value, joined(this.roots, more));
  }

  holds(expression: Expression, more?: Scope): boolean {
    return isTrue(this.evaluate(expression, more), expression);
  }

  bare(value: Expression | Template, roots: Scope): Json | undefined {
    return this.#context.evaluateIn(value, roots, this.#evaluation);
  }

  with(more: Scope): OperationScope {
    return new Roots(joined(this.roots, more), this.#context, this.#evaluation);
  }
}
