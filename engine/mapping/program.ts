import type { EvaluationContext, Scope } from "../model/expression.ts";
import { absent } from "./compile/absence.ts";
import { compileProgram } from "./compile/compile.ts";
import { NotCompiled } from "./compile/node.ts";
import type { Json } from "../model/json.ts";
import type { Ast } from "./syntax/ast.ts";
import { starts } from "./syntax/token.ts";
import { children, weightOf } from "./syntax/walk.ts";
import { generateProgram } from "./generate/generate.ts";
import { fail } from "./value/fault.ts";
import { limits } from "./value/limit.ts";
import { toJson } from "./value/result.ts";
import { isList, sequenceOf } from "./value/sequence.ts";
import { begin, newRun } from "./value/run.ts";
import type { Run } from "./value/run.ts";

/** An expression that runs, and gives plain JSON or nothing. Throws what `value/fault.ts` describes. */
export type Program = (
  input: unknown,
  scope: Scope,
  context: EvaluationContext,
) => Json | undefined;

export interface ProgramOptions {
  readonly strict: boolean;
  /** Whether the scope may bind this name. */
  readonly isBound: (name: string) => boolean;
  /** Which back end, for comparison; otherwise what is best. */
  readonly only?: "closures" | "generated";
}

/**
 * Compiles a tree, or says what only the library can evaluate. Without tuples everything is covered,
 * and the work waits for the first evaluation.
 */
export function compileTree(
  ast: Ast,
  text: string,
  options: ProgramOptions,
): { readonly program: Program } | { readonly why: string } {
  let built: Start | undefined;
  const program: Program = (input, scope, context) => {
    built ??= buildOrFail(ast, text, options);
    return start(built, input, scope, context);
  };
  try {
    if (hasTuples(ast)) built = build(ast, text, options);
    return { program };
  } catch (error) {
    if (error instanceof NotCompiled) return { why: error.message };
    if (error instanceof RangeError) return { why: "the expression is nested too deeply" };
    throw error;
  }
}

/** The compiler's own stack has an end, too. */
function buildOrFail(ast: Ast, text: string, options: ProgramOptions): Start {
  try {
    return build(ast, text, options);
  } catch (error) {
    if (error instanceof RangeError) return fail("too-deep");
    throw error;
  }
}

type Start = (input: unknown, run: Run) => Json | undefined;

/** Generated code for what is worth it, closures for the rest and where code may not be made of text. */
function build(ast: Ast, text: string, options: ProgramOptions): Start {
  let begins: ReadonlyMap<number, number> | undefined;
  const around = {
    strict: options.strict,
    isBound: options.isBound,
    absence: options.strict ? ("error" as const) : ("allow" as const),
    startOf: (end: number) => {
      begins ??= starts(text);
      return begins.get(end) ?? Math.max(0, end - 1);
    },
    text,
  };
  const isWorth = options.only === "generated" || weightOf(ast) >= worthGenerating;
  const generated =
    isWorth && options.only !== "closures" ? generateProgram(ast, around) : undefined;
  if (generated !== undefined) return generated;
  const program = compileProgram(ast, around);
  return (input) => toJson(program(input));
}

/** Smaller trees run as fast as closures, and there are thousands of them. */
const worthGenerating = 8;

function hasTuples(ast: Ast): boolean {
  return ast.tuple === true || children(ast).some(hasTuples);
}

function start(
  program: Start,
  input: unknown,
  scope: Scope,
  context: EvaluationContext,
): Json | undefined {
  const run = newRun(input, scope, context);
  const outer = begin(run);
  try {
    return program(isList(input) ? wrapped(input) : input, run);
  } catch (error) {
    if (error === absent) return fail("yields-nothing");
    // The engine's own stack: deep nesting of data or of calls.
    if (error instanceof RangeError) return fail("D1011", { value: limits.depth });
    throw error;
  } finally {
    begin(outer);
  }
}

/** A list as the whole input is one item. */
function wrapped(input: unknown): unknown {
  const list = sequenceOf(input);
  list.outerWrapper = true;
  return list;
}
