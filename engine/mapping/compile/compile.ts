import { append, isDict, isNumeric, lookup, truth } from "../value/basic.ts";
import { isCallable } from "../value/callable.ts";
import { fail, place } from "../value/fault.ts";
import { operators } from "../value/operator.ts";
import { checkItems } from "../value/limit.ts";
import { running, spend } from "../value/run.ts";
import { isList, normalise, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import { boundNames } from "../syntax/walk.ts";
import { isCoalesce } from "../syntax/ast.ts";
import type { Ast, BinaryAst, BlockAst, CallAst, ConditionAst, UnaryAst } from "../syntax/ast.ts";
import { compileRegex, matcherOf } from "../builtin/pattern.ts";
import { absent, mayBeAbsent } from "./absence.ts";
import { filtered } from "./filter.ts";
import { Frame, Variables } from "./frame.ts";
import { applied, call, lambda, partial, refuseBinding } from "./function.ts";
import { grouped } from "./group.ts";
import { NotCompiled, inside, withVariables } from "./node.ts";
import type { Node, Surroundings } from "./node.ts";
import { path } from "./path.ts";
import { transform } from "./transform.ts";
import { variable } from "./variable.ts";

/** A whole expression; `names` are those bound at its top level. */
export function compileProgram(
  ast: Ast,
  around: Omit<Surroundings, "variables" | "compile">,
): (input: unknown) => unknown {
  const variables = new Variables(undefined, boundNames([ast]));
  const node = compile(ast, { ...around, variables, compile });
  return (input) => node(input, new Frame(undefined, variables.fresh()));
}

/** Any node, with its predicates, its grouping and the unwrapping that every node ends with. */
export function compile(ast: Ast, around: Surroundings): Node {
  if (ast.type === "path") return path(ast, around);
  const own = compileOwn(ast, around);
  const filters = (ast.predicate ?? []).map((stage) =>
    filtered(stage.expr, around, ast.tuple === true),
  );
  const group = ast.group === undefined ? undefined : grouped(ast.group, around, false);
  const keepArray = ast.keepArray === true;
  if (filters.length === 0 && group === undefined) {
    if (yieldsPlain(ast) || ast.type === "variable") return own;
    return (input, frame) => normalise(own(input, frame), keepArray);
  }
  return (input, frame) => {
    let value = own(input, frame);
    for (const filter of filters) value = filter(value, frame);
    if (group !== undefined) value = group(value, frame);
    return normalise(value, keepArray);
  };
}

/** Nodes whose value is never a sequence. */
export function yieldsPlain(ast: Ast): boolean {
  switch (ast.type) {
    case "string":
    case "number":
    case "value":
    case "lambda":
    case "regex":
    case "transform":
    case "partial":
      return true;
    case "binary":
      return ast.value !== "..";
    default:
      return false;
  }
}

function compileOwn(ast: Exclude<Ast, { type: "path" }>, around: Surroundings): Node {
  switch (ast.type) {
    case "string":
    case "number":
    case "value":
      return () => ast.value;
    case "name":
      return (input) => lookup(input, ast.value);
    case "variable":
      return variable(ast, around);
    case "parent":
      return variable({ type: "variable", value: ast.slot.label }, { ...around, strict: false });
    case "wildcard":
      return wildcard;
    case "descendant":
      return descendants;
    case "binary":
      return ast.value === "and" || ast.value === "or" ? logic(ast, around) : binary(ast, around);
    case "unary":
      return unary(ast, around);
    case "condition":
      return condition(ast, around);
    case "block":
      return block(ast, around);
    case "bind":
      return bind(ast.lhs.value, compile(ast.rhs, inside(around)), around);
    default:
      return compileFunction(ast, around);
  }
}

/** Nodes that make or call functions. */
function compileFunction(ast: Ast, around: Surroundings): Node {
  switch (ast.type) {
    case "function":
      return call(ast, around, undefined, isGuard(ast, around) ? guards(around) : inside(around));
    case "partial":
      return partial(ast, around);
    case "lambda":
      return lambda(ast, around);
    case "apply":
      return ast.rhs.type === "function" && isGuard(ast.rhs, around)
        ? applied(ast, around, guards(around))
        : applied(ast, around);
    case "transform":
      return transform(ast, around);
    case "regex":
      return regex(ast.value, ast.position);
    default:
      throw new NotCompiled(`a node of type ${ast.type}`);
  }
}

function regex(source: RegExp, position: number | undefined): Node {
  const compiled = compileRegex(source);
  if (typeof compiled === "string") throw new NotCompiled(`the regular expression: ${compiled}`);
  const matcher = matcherOf(compiled, source, position);
  return () => matcher;
}

function binary(ast: BinaryAst, around: Surroundings): Node {
  const left = operand(ast.lhs, around);
  const right = operand(ast.rhs, around);
  const operator = operators[ast.value];
  if (operator === undefined) throw new NotCompiled(`the operator ${ast.value}`);
  const { position, value } = ast;
  return (input, frame) => {
    const [a, b] = [left(input, frame), right(input, frame)];
    try {
      return operator(a, b);
    } catch (error) {
      throw place(error, position, value);
    }
  };
}

/** In strict expressions an operand must be there: JSONata would go on with `false` or nothing. */
function operand(ast: Ast, around: Surroundings): Node {
  const node = compile(ast, inside(around));
  if (!around.strict || around.absence !== "error" || mayBeAbsent(ast)) return node;
  const end = lastPosition(ast);
  return (input, frame) => {
    const value = node(input, frame);
    if (value === undefined) {
      fail("empty-operand", end === undefined ? {} : { span: [around.startOf(end), end] });
    }
    return value;
  };
}

export function lastPosition(ast: Ast): number | undefined {
  return ast.type === "path" ? ast.steps.at(-1)?.position : ast.position;
}

function logic(ast: BinaryAst, around: Surroundings): Node {
  const left = operand(ast.lhs, around);
  const right = operand(ast.rhs, around);
  const { position } = ast;
  const isAnd = ast.value === "and";
  return (input, frame) => {
    try {
      const first = truth(left(input, frame));
      return first === isAnd ? truth(right(input, frame)) : first;
    } catch (error) {
      throw place(error, position, ast.value);
    }
  };
}

function unary(ast: UnaryAst, around: Surroundings): Node {
  if (ast.value === "{") {
    refuseBinding(ast.lhs.flat());
    return grouped(ast, around, false);
  }
  if (ast.value === "[") {
    refuseBinding(ast.expressions);
    return list(ast, around);
  }
  const inner = operand(ast.expression, around);
  return (input, frame) => {
    const value = inner(input, frame);
    if (value === undefined) return undefined;
    if (!isNumeric(value)) fail("D1002", { position: ast.position, token: ast.value, value });
    return -value;
  };
}

function list(ast: UnaryAst, around: Surroundings): Node {
  const items = ast.expressions.map((item) => ({
    node: compile(item, inside(around)),
    isList: item.type === "unary" && item.value === "[",
  }));
  const isCons = ast.consarray === true;
  return (input, frame) => {
    let result: unknown[] = [];
    for (const item of items) {
      const value = item.node(input, frame);
      if (value === undefined) continue;
      if (item.isList || !isList(value)) {
        result.push(value);
      } else {
        const both = append(result, value);
        result = isList(both) ? both : result;
      }
    }
    spend(result.length);
    if (isCons) Object.defineProperty(result, "cons", { value: true });
    return result;
  };
}

function condition(ast: ConditionAst, around: Surroundings): Node {
  if (around.strict && isCoalesce(ast)) return coalesce(ast, around);
  const test = isElvis(ast)
    ? compile(ast.condition, guarded(around))
    : operand(ast.condition, around);
  const then = compile(ast.then, around);
  const otherwise = ast.else === undefined ? undefined : compile(ast.else, around);
  const guard = around.strict && isElvis(ast) ? guardOf(test) : test;
  return (input, frame) =>
    truth(guard(input, frame)) ? then(input, frame) : otherwise?.(input, frame);
}

/** `a ?: b` has its condition twice, once as a copy without a place of its own. */
export function isElvis(ast: ConditionAst): boolean {
  return (
    lastPosition(ast.condition) !== undefined &&
    lastPosition(ast.condition) === lastPosition(ast.then)
  );
}

function coalesce(ast: ConditionAst, around: Surroundings): Node {
  // In tail position of a function the left side is a call for later; here it is needed now.
  const { then } = ast;
  const left = then.type === "lambda" && then.thunk === true ? then.body : then;
  const value = guardOf(compile(left, guarded(around)));
  const otherwise = ast.else === undefined ? undefined : compile(ast.else, around);
  return (input, frame) => {
    const found = value(input, frame);
    // A step that did not run is null: what is meant is the value of the one that did.
    return found === undefined || found === null ? otherwise?.(input, frame) : found;
  };
}

/** `$exists(…)` and `$optional(…)` permit their argument to be absent. */
export function isGuard(ast: CallAst, around: Surroundings): boolean {
  const { procedure } = ast;
  if (!around.strict || procedure.type !== "variable") return false;
  return procedure.value === "exists" || procedure.value === "optional";
}

/** Surroundings of the operand of `??`, `?:`, `$exists` and `$optional`. */
export function guarded(around: Surroundings): Surroundings {
  return around.strict ? { ...around, absence: "allow" } : around;
}

/** The same, and whatever is compiled in them gets its guard at once. */
function guards(around: Surroundings): Surroundings {
  return {
    ...guarded(around),
    compile: (ast, scope) => guardOf(compile(ast, { ...scope, compile })),
  };
}

/** Turns an absent path somewhere inside into nothing. */
function guardOf(node: Node): Node {
  return (input, frame) => {
    const { depth } = running();
    try {
      return node(input, frame);
    } catch (error) {
      if (error !== absent) throw error;
      running().depth = depth;
      return undefined;
    }
  };
}

function block(ast: BlockAst, around: Surroundings): Node {
  const names = boundNames(ast.expressions);
  const last = ast.expressions.length - 1;
  const variables = names.length === 0 ? undefined : new Variables(around.variables, names);
  const scope = variables === undefined ? around : withVariables(around, variables);
  const nodes = ast.expressions.map((part, index) =>
    compile(part, index === last ? scope : inside(scope)),
  );
  const [only] = nodes;
  if (variables === undefined && nodes.length === 1 && only !== undefined) return only;
  return (input, frame) => {
    const at = variables === undefined ? frame : new Frame(frame, variables.fresh());
    let value: unknown;
    for (const node of nodes) value = node(input, at);
    return value;
  };
}

function bind(name: string, value: Node, around: Surroundings): Node {
  const [nearest] = around.variables.places(name);
  if (nearest?.up !== 0 || nearest.slot === undefined) {
    throw new NotCompiled("`:=` within a step that binds variables");
  }
  const { slot } = nearest;
  return (input, frame) => (frame.slots[slot] = value(input, frame));
}

export function wildcard(input: unknown): List {
  const value: unknown =
    isList(input) && input.outerWrapper === true && input.length > 0 ? input[0] : input;
  const result = sequence();
  if (typeof value !== "object" || value === null || isCallable(value)) return result;
  const values: readonly unknown[] = isList(value) ? value : Object.values(value);
  spend(values.length);
  for (const item of values) {
    if (isList(item)) flatten(item, result);
    else result.push(item);
  }
  // With a list among the values the reference's result is a plain list, which does not unwrap.
  return values.some(isList) ? [...result] : result;
}

function flatten(list: List, into: List): void {
  spend(list.length);
  checkItems(into.length + list.length);
  for (const item of list) {
    if (isList(item)) flatten(item, into);
    else into.push(item);
  }
}

export function descendants(input: unknown): unknown {
  if (input === undefined) return undefined;
  const result = sequence();
  descend(input, result);
  return result.length === 1 ? result[0] : result;
}

function descend(value: unknown, into: List): void {
  spend(1);
  if (isList(value)) {
    for (const item of value) descend(item, into);
    return;
  }
  into.push(value);
  checkItems(into.length);
  if (isDict(value)) for (const key of Object.keys(value)) descend(value[key], into);
}
