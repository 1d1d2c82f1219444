import { guarded, isElvis } from "../compile/compile.ts";
import { isPlain } from "../compile/path.ts";
import { isCoalesce } from "../syntax/ast.ts";
import { boundNames } from "../syntax/walk.ts";
import type { Ast, ConditionAst } from "../syntax/ast.ts";
import { certain } from "./certain.ts";
import { atom } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";
import { emitOperand, truthOf } from "./value.ts";

/** A value whose absent paths are nothing: the operand of `??`, `?:`, `$exists`, `$optional`. */
export function emitGuarded(ast: Ast, scope: Scope, emit: Emit): Atom {
  const around = guarded(scope.around);
  const inner = { ...scope, around };
  // A path of names signals nothing: it is the operand itself.
  if (!around.strict || (ast.type === "path" && isPlain(ast))) return emit(ast, inner);
  const { source } = scope.program;
  const result = source.name();
  const depth = source.name("d");
  source.line(`let ${result}; const ${depth} = run.depth; try {`);
  source.line(`${result} = ${emit(ast, inner).code};`);
  source.line(`} catch (e) { if (e !== ABSENT) throw e; run.depth = ${depth}; }`);
  return atom(result);
}

/** True for what has the same value however often it is asked: once is enough. */
function isRepeatable(ast: Ast, { around: { strict, text } }: Scope): boolean {
  if (ast.type === "path" && isPlain(ast)) return true;
  // In strict expressions the first time is guarded and the second is not; a tail call is for later.
  if (strict || ast.type === "lambda") return false;
  return boundNames([ast]).length === 0 && !/random|shuffle/.test(text);
}

/** Code of a condition's test. */
export function emitTest(ast: ConditionAst, scope: Scope, emit: Emit): string {
  const test =
    scope.around.strict && isElvis(ast)
      ? emitGuarded(ast.condition, scope, emit)
      : emitOperand(ast.condition, scope, emit);
  return truthOf(test);
}

/** `c ? a : b`, `a ?: b` and `a ?? b`; the shared left side of the last two is evaluated once where it can be. */
export function emitCondition(ast: ConditionAst, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const isStrictCoalesce = scope.around.strict && isCoalesce(ast);
  const result = source.name();
  if (isStrictCoalesce || isCoalesceOnce(ast, scope)) {
    const { then } = ast;
    const left = then.type === "lambda" && then.thunk === true ? then.body : then;
    const value = isStrictCoalesce ? emitGuarded(left, scope, emit) : emit(left, scope);
    source.line(`let ${result} = ${value.code};`);
    // Strict: a step that did not run is null, and what is meant is the value of the one that did.
    const isNothing = isStrictCoalesce ? `${result} == null` : `${result} === undefined`;
    source.line(`if (${isNothing}) {`);
    return otherwise(ast, { result, first: value }, scope, emit);
  }
  if (isElvis(ast) && isRepeatable(ast.then, scope)) {
    const value = emitGuarded(ast.then, scope, emit);
    source.line(`let ${result} = ${value.code};`);
    source.line(`if (!(${truthOf(value)})) {`);
    return otherwise(ast, { result, first: { ...value, defined: true } }, scope, emit);
  }
  source.line(`let ${result};`);
  source.line(`if (${emitTest(ast, scope, emit)}) {`);
  const then = emit(ast.then, scope);
  source.line(`${result} = ${then.code};`);
  source.line("} else {");
  return otherwise(ast, { result, first: then }, scope, emit);
}

function isCoalesceOnce(ast: ConditionAst, scope: Scope): boolean {
  const { condition } = ast;
  return (
    isCoalesce(ast) &&
    isRepeatable(ast.then, scope) &&
    condition.type === "function" &&
    certain(condition.procedure, scope) === "exists"
  );
}

/** The other branch, and what is known of both. */
function otherwise(
  ast: ConditionAst,
  { result, first }: { result: string; first: Atom },
  scope: Scope,
  emit: Emit,
): Atom {
  const { source } = scope.program;
  const second = ast.else === undefined ? atom("undefined") : emit(ast.else, scope);
  source.line(`${result} = ${second.code}; }`);
  const isCoalescing = isCoalesce(ast);
  const defined = second.defined && (isCoalescing || first.defined);
  return atom(result, first.type === second.type ? first.type : "any", defined);
}
