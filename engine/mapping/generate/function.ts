import { Frame, Variables } from "../compile/frame.ts";
import { inside, perItem, withVariables } from "../compile/node.ts";
import { outermost } from "../compile/variable.ts";
import { absentVariable } from "../compile/absence.ts";
import { callCost } from "../value/lambda.ts";
import { limits } from "../value/limit.ts";
import { isCoalesce } from "../syntax/ast.ts";
import type { Ast, BindAst, BlockAst, LambdaAst, VariableAst } from "../syntax/ast.ts";
import { boundNames, weightOf } from "../syntax/walk.ts";
import { certain } from "./certain.ts";
import { emitTest } from "./choice.ts";
import { counted } from "./result.ts";
import { NotGenerated, apart, atom, mayBeList, mayBeUnwrapped, spend } from "./scope.ts";
import type { Atom, Binding, Emit, Made, Names, Scope } from "./scope.ts";
import { emitInside } from "./value.ts";

/** A scope with variables of its own, not yet bound. */
export function withNames(
  scope: Scope,
  variables: Variables,
  given: ReadonlyMap<string, string> = new Map(),
): Scope {
  const { source, framed } = scope.program;
  const around = withVariables(scope.around, variables);
  const frame = framed
    ? source.local(`new Frame(${scope.frame}, ${source.constant(variables)}.fresh())`, "s")
    : scope.frame;
  const bindings = new Map<string, Binding>();
  for (const [name, slot] of variables.slots) {
    const value = given.get(name);
    const code = framed ? `${frame}.slots[${slot}]` : (value ?? source.local("U", "v"));
    if (framed && value !== undefined) source.line(`${code} = ${value};`);
    bindings.set(name, { code, bound: value !== undefined });
  }
  return { ...scope, around, frame, names: { outer: scope.names, bindings } };
}

/** `( …; … )` up to its last part. */
function emitBlockStart(ast: BlockAst, scope: Scope, emit: Emit): Scope {
  const names = boundNames(ast.expressions);
  const inner =
    names.length === 0 ? scope : withNames(scope, new Variables(scope.around.variables, names));
  for (const part of ast.expressions.slice(0, -1)) {
    if (part.type !== "bind") {
      emitInside(part, inner, emit);
      continue;
    }
    const isOnly = names.filter((name) => name === part.lhs.value).length === 1;
    emitStatement(part, isOnly, { ...apart(inner), around: inside(inner.around) }, emit);
  }
  return inner;
}

/** `$x := …;`, behind which the variable is certainly bound. */
function emitStatement(ast: BindAst, isOnly: boolean, scope: Scope, emit: Emit): void {
  const { source } = scope.program;
  const binding = scope.names.bindings.get(ast.lhs.value);
  const { rhs } = ast;
  if (binding === undefined || ast.predicate !== undefined || ast.group !== undefined) {
    emit(ast, scope);
    return;
  }
  if (isOnly && rhs.type === "lambda" && rhs.thunk !== true && isPlainLambda(rhs)) {
    binding.known = emitFunction(rhs, scope, emit);
    source.line(`${binding.code} = ${functionValue(rhs, binding.known, scope)};`);
  } else {
    const value = emit(rhs, scope);
    if (isOnly && value.defined) binding.type = value.type;
    source.line(`${binding.code} = ${value.code};`);
    if (isOnly && !scope.program.framed && mayBeList(value)) settle(binding, value.code, scope);
  }
  binding.bound = true;
}

/** Writes down once what every reader of a variable would work out. */
function settle(binding: Binding, code: string, { program: { source } }: Scope): void {
  const settled = source.local(`A(${code}) ? norm(${code}) : ${code}`, "r");
  binding.settled = settled;
  binding.dict = source.local(
    `typeof ${settled} === "object" && ${settled} !== null && !A(${settled})`,
    "d",
  );
}

/** A block; its variables live as long as it runs, or as the functions made in it. */
export function emitBlock(ast: BlockAst, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const last = ast.expressions.at(-1);
  if (last === undefined) return atom("undefined");
  const result = source.name();
  source.line(`let ${result}; {`);
  const inner = emitBlockStart(ast, scope, emit);
  const value = emit(last, inner);
  source.line(`${result} = ${value.code}; }`);
  return { ...value, code: result };
}

/** `$x := …`. */
export function emitBind(ast: BindAst, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const binding = scope.names.bindings.get(ast.lhs.value);
  if (binding === undefined) throw new NotGenerated();
  const value = emitInside(ast.rhs, scope, emit);
  source.line(`${binding.code} = ${value.code};`);
  return value;
}

function isPlainLambda(ast: LambdaAst): boolean {
  return ast.predicate === undefined && ast.group === undefined && ast.signature === undefined;
}

/** A variable, wherever it stands. */
export function emitVariable(ast: VariableAst, scope: Scope): Atom {
  const { source } = scope.program;
  const { around } = scope;
  const settled = ast.keepArray === true ? undefined : settledValue(ast.value, scope);
  if (settled !== undefined && (!around.strict || around.absence === "allow")) return settled;
  const read = readVariable(ast.value, scope);
  const isPlain = read.type !== "any" && read.type !== "list";
  if (isPlain && ast.keepArray !== true) return read;
  const code = source.local(
    ast.keepArray === true
      ? `norm(${read.code}, true)`
      : `A(${read.code}) ? norm(${read.code}) : ${read.code}`,
  );
  if (!around.strict || around.absence === "allow") return atom(code);
  const report = source.constant(() => absentVariable(ast.value, ast.position, around));
  source.line(`if (${code} === undefined) ${report}();`);
  return atom(code, "any", true);
}

function settledValue(name: string, { names }: Scope): Atom | undefined {
  for (let at: Names | undefined = names; at !== undefined; at = at.outer) {
    const binding = at.bindings.get(name);
    if (binding === undefined) continue;
    return binding.bound && binding.settled !== undefined ? atom(binding.settled) : undefined;
  }
  return undefined;
}

function readVariable(name: string, scope: Scope): Atom {
  const { source } = scope.program;
  const { input } = scope;
  if (name === "") {
    return atom(
      source.local(`A(${input}) && ${input}.outerWrapper === true ? ${input}[0] : ${input}`),
    );
  }
  const tests: string[] = [];
  for (let at: Names | undefined = scope.names; at !== undefined; at = at.outer) {
    const binding = at.bindings.get(name);
    if (binding === undefined) continue;
    if (binding.bound) {
      if (tests.length === 0 && binding.type !== undefined) {
        return atom(binding.code, binding.type, true);
      }
      return atom(source.local([...tests, binding.code].join("")));
    }
    tests.push(`${binding.code} !== U ? ${binding.code} : `);
  }
  const outer = outermost(name, scope.around);
  const get = source.constant(() => outer(undefined, new Frame(undefined, [])));
  return atom(source.local([...tests, source.prelude(`${get}()`)].join("")));
}

/**
 * So many functions one within the other are written; what is deeper runs as a closure. The platform reads
 * the text of an inner function once for each that it stands in: 400 of them took 3 s, and nobody writes 24.
 */
const functionsMost = 24;

/** Writes a function of the expression. Its last parameter is the context that its caller gives. */
export function emitFunction(ast: LambdaAst, scope: Scope, emit: Emit): Made {
  if (scope.functions >= functionsMost) throw new NotGenerated();
  const { source } = scope.program;
  const name = source.name("F");
  const parameters = ast.arguments.map(({ value }) => value);
  const codes = parameters.map(() => source.name("a"));
  const context = source.name("x");
  const names = [...parameters, ...boundNames([ast.body])];
  const variables = new Variables(scope.around.variables, names);
  let end: Ending = { tails: false, counted: false };
  source.line(`const ${name} = (${[...codes, context].join(", ")}) => {`);
  const body = source.capture(() => {
    spend(String(callCost + (weightOf(ast.body) >> 3)), scope);
    source.line(`if (++run.depth > ${limits.depth}) tooDeep();`);
    const given = new Map(parameters.map((parameter, index) => [parameter, codes[index] ?? ""]));
    const own = { ...scope, functions: scope.functions + 1, around: perItem(scope.around) };
    const inner = withNames(own, variables, given);
    end = emitReturn(ast.body, inner, emit, context);
  });
  source.line(body);
  source.line("};");
  return { name, ...end, arity: parameters.length };
}

/** The function as a value. */
export function functionValue(ast: LambdaAst, made: Made, { program: { source } }: Scope): string {
  const parameters = source.constant(ast.arguments.map(({ value }) => value));
  const args = Array.from({ length: made.arity }, (_, index) => `z[${index}]`);
  const body = `(z, y) => ${made.name}(${[...args, "y"].join(", ")})`;
  if (ast.signature === undefined) return `new Lambda(${parameters}, ${body})`;
  const sign = source.constant(ast.signature);
  const once = `(z, y) => b(${sign}.validate(z, y), y)`;
  return `((b) => new Lambda(${parameters}, b, ${once}))(${body})`;
}

/** What a function gives: maybe a tail call, or a counted part of the result. */
type Ending = Pick<Made, "tails" | "counted">;

/** Writes a function's end. */
function emitReturn(ast: Ast, scope: Scope, emit: Emit, context: string): Ending {
  const { source } = scope.program;
  const isBare = ast.predicate === undefined && ast.group === undefined && ast.keepArray !== true;
  if (ast.type === "lambda" && ast.thunk === true && ast.body.type === "function") {
    const isTail = certain(ast.body.procedure, scope) === undefined;
    const value = scope.program.emitTail(ast.body, apart(scope), context);
    return emitEnd(value, isTail, scope);
  }
  if (ast.type === "condition" && isBare && !(scope.around.strict && isCoalesce(ast))) {
    source.line(`if (${emitTest(ast, scope, emit)}) {`);
    const then = emitReturn(ast.then, scope, emit, context);
    source.line("} else {");
    const otherwise =
      ast.else === undefined ? emitNothing(scope) : emitReturn(ast.else, scope, emit, context);
    source.line("}");
    return {
      tails: then.tails || otherwise.tails,
      counted: then.counted && otherwise.counted,
    };
  }
  const last = ast.type === "block" ? ast.expressions.at(-1) : undefined;
  if (ast.type === "block" && isBare && last !== undefined) {
    return emitReturn(last, emitBlockStart(ast, scope, emit), emit, context);
  }
  return emitEnd(emit(ast, scope), hasThunk(ast), scope);
}

function emitEnd(own: Atom, tails: boolean, scope: Scope): Ending {
  const isCounted = scope.isResult && !tails && !mayBeUnwrapped(own);
  const { code } = isCounted ? counted(own, scope) : own;
  scope.program.source.line(`run.depth--; return ${code};`);
  return { tails, counted: isCounted };
}

function emitNothing({ isResult, program: { source } }: Scope): Ending {
  source.line("run.depth--; return undefined;");
  return { tails: false, counted: isResult };
}

/** True when a value may be a tail call that comes out of a condition or block. */
function hasThunk(ast: Ast): boolean {
  switch (ast.type) {
    case "lambda":
      return ast.thunk === true;
    case "condition":
      return hasThunk(ast.then) || (ast.else !== undefined && hasThunk(ast.else));
    case "block": {
      const last = ast.expressions.at(-1);
      return last !== undefined && hasThunk(last);
    }
    default:
      return false;
  }
}
