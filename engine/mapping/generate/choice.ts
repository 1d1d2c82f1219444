import { guarded, isElvis } from "../compile/compile.ts";
import { isPlain } from "../compile/path.ts";
import { isCoalesce } from "../syntax/ast.ts";
import { boundNames } from "../syntax/walk.ts";
import type { Ast, ConditionAst } from "../syntax/ast.ts";
import { certain } from "./certain.ts";
import { counted } from "./result.ts";
import { apart, atom, mayBeUnwrapped } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";
import { emitOperand, truthOf } from "./value.ts";

/** A value whose absent paths are nothing: the operand of `??`, `?:`, `$exists`, `$optional`. */
export function emitGuarded(ast: Ast, scope: Scope, emit: Emit): Atom {
  const around = guarded(scope.around);
  const inner = { ...scope, around, isResult: false };
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
    const value = isStrictCoalesce ? emitGuarded(left, scope, emit) : emit(left, apart(scope));
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
  const [then, other] = emitBranches(ast, scope, emit);
  source.line(`${then.lines}\n${result} = ${then.value.code};`);
  source.line("} else {");
  source.line(`${other.lines}\n${result} = ${other.value.code}; }`);
  const isDefined = then.value.defined && other.value.defined;
  const whole = atom(result, commonType(then.value, other.value), isDefined);
  return { ...whole, counted: then.value.counted === true && other.value.counted === true };
}

/** What is done in a branch, and the value it ends in. */
interface Branch {
  readonly lines: string;
  readonly value: Atom;
}

/** Both branches; of a result each counts its own, unless whoever takes the value can count either. */
function emitBranches(ast: ConditionAst, scope: Scope, emit: Emit): readonly [Branch, Branch] {
  const { source } = scope.program;
  const branch = (work: () => Atom): Branch => {
    let value = atom("undefined");
    const lines = source.capture(() => {
      value = work();
    });
    return { lines, value };
  };
  const then = branch(() => emit(ast.then, scope));
  const other = branch(() => (ast.else === undefined ? atom("undefined") : emit(ast.else, scope)));
  const type = commonType(then.value, other.value);
  const isEither = type === "text" || type === "number" || type === "boolean";
  // What may be a sequence may have to be unwrapped again by the nodes around.
  const isOpen = [then, other].some(({ value }) => mayBeUnwrapped(value));
  if (!scope.isResult || isEither || isOpen) return [then, other];
  const count = ({ lines, value }: Branch): Branch => {
    const end = branch(() => counted(value, scope));
    return { lines: `${lines}\n${end.lines}`, value: end.value };
  };
  return [count(then), count(other)];
}

const commonType = (left: Atom, right: Atom): Atom["type"] =>
  left.type === right.type ? left.type : "any";

function isCoalesceOnce(ast: ConditionAst, scope: Scope): boolean {
  const { condition } = ast;
  return (
    isCoalesce(ast) &&
    isRepeatable(ast.then, scope) &&
    condition.type === "function" &&
    certain(condition.procedure, scope) === "exists"
  );
}

/** The branch for want of the first value, and what is known of both. */
function otherwise(
  ast: ConditionAst,
  { result, first }: { result: string; first: Atom },
  scope: Scope,
  emit: Emit,
): Atom {
  const { source } = scope.program;
  const second = ast.else === undefined ? atom("undefined") : emit(ast.else, apart(scope));
  source.line(`${result} = ${second.code}; }`);
  const isCoalescing = isCoalesce(ast);
  const defined = second.defined && (isCoalescing || first.defined);
  return atom(result, commonType(first, second), defined);
}
