import { mayBeAbsent } from "../compile/absence.ts";
import { lastPosition } from "../compile/compile.ts";
import { refuseBinding } from "../compile/function.ts";
import { isReserved } from "../compile/group.ts";
import { inside } from "../compile/node.ts";
import { isNumeric } from "../value/basic.ts";
import { fail, place } from "../value/fault.ts";
import { operators } from "../value/operator.ts";
import type { Ast, BinaryAst, UnaryAst } from "../syntax/ast.ts";
import { emitPath } from "./path.ts";
import { counted, emitPart, sizeOf } from "./result.ts";
import { NotGenerated, atom, mayBeList, spend } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";

/** A value that ends a node: a sequence of one is its item. */
export function normalised(value: Atom, { program: { source } }: Scope): Atom {
  if (value.counted === true || !mayBeList(value)) return value;
  return atom(source.local(`A(${value.code}) ? norm(${value.code}) : ${value.code}`));
}

/** The part of a node that is not its value. */
export function emitInside(ast: Ast, scope: Scope, emit: Emit): Atom {
  return emit(ast, { ...scope, around: inside(scope.around), isResult: false });
}

/** The same for a member of an object or an item of a list, which is in the result if that is. */
function emitMember(ast: Ast, scope: Scope, emit: Emit): Atom {
  return emit(ast, { ...scope, around: inside(scope.around) });
}

/** The same for who takes a list for its items, and does not look at its marks. */
export function emitItems(ast: Ast, scope: Scope, emit: Emit, isResult = false): Atom {
  const inner = { ...scope, around: inside(scope.around), isResult };
  if (ast.type !== "path") return emit(ast, inner);
  const { source, refused } = scope.program;
  if (refused.has(ast)) return emit(ast, inner);
  try {
    return source.attempt(() => emitPath(ast, inner, emit, true));
  } catch (error) {
    if (!(error instanceof NotGenerated)) throw error;
    refused.add(ast);
    return emit(ast, inner);
  }
}

/** In strict expressions an operand must be there. */
export function emitOperand(ast: Ast, scope: Scope, emit: Emit): Atom {
  const { around } = scope;
  const value = emitInside(ast, scope, emit);
  if (!around.strict || around.absence !== "error" || mayBeAbsent(ast)) return value;
  if (value.defined) return value;
  const end = lastPosition(ast);
  const { source } = scope.program;
  const report = source.constant(() =>
    fail("empty-operand", end === undefined ? {} : { span: [around.startOf(end), end] }),
  );
  source.line(`if (${value.code} === undefined) ${report}();`);
  return { ...value, defined: true };
}

/** Code that is true when JSONata takes the value for true. */
export function truthOf({ code, type, defined }: Atom): string {
  switch (type) {
    case "boolean":
      return defined ? code : `${code} === true`;
    case "text":
      return defined ? `${code} !== ""` : `(${code} !== undefined && ${code} !== "")`;
    case "any":
      return `(typeof ${code} === "string" ? ${code} !== "" : typeof ${code} === "boolean" ? ${code} : truth(${code}))`;
    default:
      return `truth(${code})`;
  }
}

/** Operators on two values. */
export function emitBinary(ast: BinaryAst, scope: Scope, emit: Emit): Atom {
  if (ast.value === "and" || ast.value === "or") return emitLogic(ast, scope, emit);
  const { source } = scope.program;
  const choices = ast.value === "in" ? constantsOf(ast.rhs) : undefined;
  if (choices !== undefined) {
    const { code } = emitOperand(ast.lhs, scope, emit);
    const tests = choices.map((choice) => `${code} === ${choice}`);
    return atom(source.local(tests.join(" || ")), "boolean", true);
  }
  const left = emitOperand(ast.lhs, scope, emit);
  const right = emitOperand(ast.rhs, scope, emit);
  const [a, b] = [left.code, right.code];
  const operator = operators[ast.value];
  if (operator === undefined) throw new NotGenerated();
  const { position, value } = ast;
  const full = source.constant((x: unknown, y: unknown): unknown => {
    try {
      return operator(x, y);
    } catch (error) {
      throw place(error, position, value);
    }
  });
  const slow = `${full}(${a}, ${b})`;
  const bothDefined = left.defined && right.defined;
  switch (value) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return atom(
        source.local(`${areFinite(ast, a, b)} ? ${a} ${value} ${b} : ${slow}`),
        "number",
        bothDefined,
      );
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const isNumbers = `typeof ${a} === "number" && typeof ${b} === "number"`;
      const code = source.local(`${isNumbers} ? ${a} ${value} ${b} : ${slow}`);
      return atom(code, "boolean", bothDefined);
    }
    case "=":
      return atom(source.local(equality(ast, left, right)), "boolean", true);
    case "&":
      return concatenation(left, right, slow, scope);
    case "!=":
    case "in":
      return atom(source.local(slow), "boolean", true);
    default:
      return atom(source.local(slow), "list");
  }
}

/** Code that is true when both operands are numbers to compute with; one may be written out. */
function areFinite({ lhs, rhs }: BinaryAst, a: string, b: string): string {
  const isNumber = (ast: Ast): boolean => ast.type === "number" && ast.predicate === undefined;
  const tests = [
    ...(isNumber(lhs) ? [] : [`Number.isFinite(${a})`]),
    ...(isNumber(rhs) ? [] : [`Number.isFinite(${b})`]),
  ];
  return tests.length === 0 ? "true" : tests.join(" && ");
}

/** The items of a list of constants, as code. */
function constantsOf(ast: Ast): readonly string[] | undefined {
  if (ast.type !== "unary" || ast.value !== "[" || ast.expressions.length === 0) return undefined;
  if (ast.predicate !== undefined || ast.group !== undefined) return undefined;
  const isConstant = ast.expressions.every(
    (item) => (item.type === "string" || item.type === "number") && item.predicate === undefined,
  );
  if (!isConstant) return undefined;
  return ast.expressions.map((item) =>
    item.type === "string" || item.type === "number" ? `(${JSON.stringify(item.value)})` : "",
  );
}

function equality(ast: BinaryAst, { code: a }: Atom, { code: b }: Atom): string {
  const isConstant = [ast.lhs, ast.rhs].some(
    ({ type }) => type === "string" || type === "number" || type === "value",
  );
  if (isConstant) return `${a} === ${b}`;
  // Short texts and numbers on the spot; what costs more to compare pays for it.
  const isShort = `typeof ${a} === "string" ? ${a}.length < 256 : typeof ${a} === "number"`;
  return `(${isShort}) ? ${a} === ${b} : equal(${a}, ${b})`;
}

function concatenation(left: Atom, right: Atom, slow: string, scope: Scope): Atom {
  const { source } = scope.program;
  const [a, b] = [left.code, right.code];
  const tests = [left, right]
    .filter((part) => !(part.type === "text" && part.defined))
    .map((part) => `typeof ${part.code} === "string"`);
  const isShort = `${a}.length + ${b}.length < 1024`;
  const code = source.local(`${[...tests, isShort].join(" && ")} ? ${a} + ${b} : ${slow}`);
  return atom(code, "text", true);
}

function emitLogic(ast: BinaryAst, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const result = source.name();
  source.line(`let ${result};`);
  const body = (): void => {
    const left = emitOperand(ast.lhs, scope, emit);
    source.line(`${result} = ${truthOf(left)};`);
    source.line(ast.value === "and" ? `if (${result}) {` : `if (!${result}) {`);
    const right = emitOperand(ast.rhs, scope, emit);
    source.line(`${result} = ${truthOf(right)};`);
    source.line("}");
  };
  emitPlaced(body, ast.position, ast.value, scope);
  return atom(result, "boolean", true);
}

/** What `body` writes, with a place for errors that have none. */
export function emitPlaced(
  body: () => void,
  position: number | undefined,
  token: string | undefined,
  { program: { source } }: Scope,
): void {
  source.line("try {");
  body();
  const where = `${position === undefined ? "undefined" : position}`;
  const what = token === undefined ? "undefined" : JSON.stringify(token);
  source.line(`} catch (e) { throw place(e, ${where}, ${what}); }`);
}

/** `-x`, `[…]` and `{…}`. */
export function emitUnary(ast: UnaryAst, scope: Scope, emit: Emit): Atom {
  if (ast.value === "{") return emitObject(ast, scope, emit);
  if (ast.value === "[") return emitList(ast, scope, emit);
  const { source } = scope.program;
  const value = emitOperand(ast.expression, scope, emit);
  const { position } = ast;
  const negate = source.constant((x: unknown): unknown => {
    if (x === undefined) return undefined;
    if (!isNumeric(x)) fail("D1002", { position, token: "-", value: x });
    return -x;
  });
  const code = source.local(
    `Number.isFinite(${value.code}) ? -${value.code} : ${negate}(${value.code})`,
  );
  return atom(code, "number", value.defined);
}

function emitList(ast: UnaryAst, scope: Scope, emit: Emit): Atom {
  refuseBinding(ast.expressions);
  const { source } = scope.program;
  const [only] = ast.expressions;
  const isLone = ast.expressions.length === 1 && ast.consarray !== true;
  const { isResult } = scope;
  const lone = isLone && only?.type === "path" ? emitItems(only, scope, emit, isResult) : undefined;
  if (lone?.fresh === true) {
    const { code } = lone;
    const made = `A(${code}) ? ${code} : ${code} === undefined ? [] : [${code}]`;
    const list = source.local(made, "a");
    spend(`${list}.length`, scope);
    if (!isResult || lone.counted !== true) return atom(list, "list", true);
    source.line("run.nodes--;");
    return { ...atom(list, "list", true), counted: true };
  }
  const list = source.local("[]", "a");
  for (const item of ast.expressions) {
    const value = lone ?? emitMember(item, scope, emit);
    if (isResult) {
      emitItem(item, value, list, scope);
      continue;
    }
    if (item.type === "unary" && item.value === "[") source.line(`${list}.push(${value.code});`);
    else if (value.defined && !mayBeList(value)) source.line(`${list}.push(${value.code});`);
    else source.line(`addItem(${list}, ${value.code});`);
  }
  spend(`${list}.length`, scope);
  if (ast.consarray === true) {
    source.line(`Object.defineProperty(${list}, "cons", { value: true });`);
  }
  if (!isResult) return atom(list, "list", true);
  source.line("run.nodes--;");
  return { ...atom(list, "list", true), counted: true };
}

/** An item of a list that is part of the result. */
function emitItem(item: Ast, value: Atom, list: string, scope: Scope): void {
  const { source } = scope.program;
  const isOne = value.defined && !mayBeList(value);
  if (isOne || (item.type === "unary" && item.value === "[")) {
    source.line(`${list}.push(${counted(value, scope).code});`);
    return;
  }
  if (value.counted === true) source.line(`addItem(${list}, ${value.code});`);
  else {
    source.line("run.nodes--;");
    source.line(`addPart(${list}, ${value.code}, run);`);
  }
}

/** An object whose keys are all written out. */
function emitObject(ast: UnaryAst, scope: Scope, emit: Emit): Atom {
  refuseBinding(ast.lhs.flat());
  const { source } = scope.program;
  const keys = ast.lhs.map(([key]) =>
    key.type === "string" && typeof key.value === "string" && key.predicate === undefined
      ? key.value
      : undefined,
  );
  const known = keys.filter((key) => key !== undefined && !isReserved(key));
  if (new Set(known).size !== keys.length) throw new NotGenerated();
  const input = source.local(`A(${scope.input}) ? together(${scope.input}) : ${scope.input}`, "c");
  const isDict = `typeof ${input} === "object" && ${input} !== null && !A(${input})`;
  const dict = ast.lhs.length > 1 ? source.local(isDict, "d") : undefined;
  const inner = { ...scope, input, dict };
  const members = ast.lhs.map(([, value], index) => ({
    key: JSON.stringify(known[index] ?? ""),
    value: emitMember(value, inner, emit),
  }));
  if (scope.isResult) return emitResult(members, scope);
  const open = members.filter(({ value }) => !value.defined);
  if (open.length === 0) return atom(source.local(literal(members), "o"), "object", true);
  const result = source.name("o");
  source.line(`let ${result};`);
  source.line(`if (${areThere(open)}) ${result} = ${literal(members)};`);
  source.line(`else { ${result} = {};`);
  for (const { key, value } of members) {
    const set = setting(result, key, value.code);
    source.line(value.defined ? set : `if (${value.code} !== undefined) ${set}`);
  }
  source.line("}");
  return atom(result, "object", true);
}

interface Member {
  /** As JSON text. */
  readonly key: string;
  readonly value: Atom;
}

function literal(members: readonly Member[]): string {
  const entries = members.map(({ key, value }) =>
    // Without brackets this key would set the prototype.
    key === '"__proto__"' ? `[${key}]: ${value.code}` : `${key}: ${value.code}`,
  );
  return `{ ${entries.join(", ")} }`;
}

const areThere = (members: readonly Member[]): string =>
  members.map(({ value }) => `${value.code} !== undefined`).join(" && ");

function setting(result: string, key: string, code: string): string {
  return key === '"__proto__"'
    ? `Object.defineProperty(${result}, ${key}, { value: ${code}, enumerable: true, configurable: true, writable: true });`
    : `${result}[${key}] = ${code};`;
}

/** An object of the result: with all members in one go, else one by one, and counted either way. */
function emitResult(members: readonly Member[], scope: Scope): Atom {
  const { source } = scope.program;
  const [result, characters] = [source.name("o"), source.name("s")];
  const open = members.filter(({ value }) => !value.defined);
  const uncounted = members.filter(({ value }) => value.counted !== true);
  const sizes = uncounted.map(({ value }) => (value.defined ? sizeOf(value) : undefined));
  const known = sizes.reduce((sum, size) => sum + (Number(size) || 0), 0);
  const lengths = sizes.filter((size) => size !== undefined && Number.isNaN(Number(size)));
  source.line(`run.nodes -= ${1 + uncounted.length};`);
  source.line(`let ${result}, ${characters} = ${[known, ...lengths].join(" + ")};`);
  const looked = uncounted.flatMap(({ key, value }, index) =>
    sizes[index] === undefined ? [{ key, value: variable(value, scope) }] : [],
  );
  const named = members.map(({ key, value }) => ({
    key,
    value: looked.find((other) => other.key === key)?.value ?? value,
  }));
  if (open.length > 0) source.line(`if (${areThere(open)}) {`);
  for (const { value } of looked) emitPart(value, characters, scope);
  source.line(`${result} = ${literal(named)};`);
  if (open.length > 0) {
    source.line(`} else { ${result} = {};`);
    for (const { key, value } of named) {
      source.line(value.defined ? "{" : `if (${value.code} !== undefined) {`);
      if (looked.some((other) => other.key === key)) emitPart(value, characters, scope);
      source.line(`${setting(result, key, value.code)} }`);
    }
    source.line("}");
  }
  source.line(`run.characters -= ${characters};`);
  return { ...atom(result, "object", true), counted: true };
}

/** The same in a variable that nobody else reads, so that it can be set. */
function variable(value: Atom, { program: { source } }: Scope): Atom {
  const isOwn = value.type === "number" || sizeOf({ ...value, defined: true }) !== undefined;
  return isOwn ? value : { ...value, code: source.local(value.code) };
}
