import type { EvaluationContext, Scope } from "../model/expression.ts";
import { absent } from "./compile/absence.ts";
import { compileProgram } from "./compile/compile.ts";
import { NotCompiled } from "./compile/node.ts";
import type { Ast } from "./syntax/ast.ts";
import { starts } from "./syntax/token.ts";
import { fail } from "./value/fault.ts";
import { limits } from "./value/limit.ts";
import { isList, sequenceOf } from "./value/sequence.ts";
import { enter } from "./value/run.ts";

/** An expression that runs. Throws what `value/fault.ts` describes. */
export type Program = (input: unknown, scope: Scope, context: EvaluationContext) => unknown;

export interface ProgramOptions {
  readonly strict: boolean;
  /** Whether the scope may bind this name. */
  readonly isBound: (name: string) => boolean;
}

/** Compiles a tree, or says what only the library can evaluate. */
export function compileTree(
  ast: Ast,
  text: string,
  options: ProgramOptions,
): { readonly program: Program } | { readonly why: string } {
  const begins = starts(text);
  try {
    const run = compileProgram(ast, {
      ...options,
      absence: options.strict ? "error" : "allow",
      startOf: (end) => begins.get(end) ?? Math.max(0, end - 1),
      text,
    });
    return { program: (input, scope, context) => start(run, input, scope, context) };
  } catch (error) {
    if (error instanceof NotCompiled) return { why: error.message };
    if (error instanceof RangeError) return { why: "the expression is nested too deeply" };
    throw error;
  }
}

function start(
  run: (input: unknown) => unknown,
  input: unknown,
  scope: Scope,
  context: EvaluationContext,
): unknown {
  const state = { scope, context, input, fuel: limits.fuel, depth: 0, random: undefined };
  return enter(state, () => {
    try {
      return run(isList(input) ? wrapped(input) : input);
    } catch (error) {
      // The engine's own stack: deep nesting of data or of calls.
      if (error === absent) return fail("yields-nothing");
      if (error instanceof RangeError) return fail("D1011", { value: limits.depth });
      throw error;
    }
  });
}

/** A list as the whole input is one item. */
function wrapped(input: unknown): unknown {
  const list = sequenceOf(input);
  list.outerWrapper = true;
  return list;
}
