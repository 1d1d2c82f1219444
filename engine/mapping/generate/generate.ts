import type { Json } from "../../model/json.ts";
import { boundNames } from "../syntax/walk.ts";
import type { Ast, CallAst } from "../syntax/ast.ts";
import { compile, descendants, wildcard, yieldsPlain } from "../compile/compile.ts";
import { Variables } from "../compile/frame.ts";
import type { Surroundings } from "../compile/node.ts";
import { inherited } from "../compile/path.ts";
import { matcherOf, compileRegex } from "../builtin/pattern.ts";
import type { Run } from "../value/run.ts";
import { emitApply, emitCall } from "./call.ts";
import { emitCondition } from "./choice.ts";
import {
  emitBind,
  emitBlock,
  emitFunction,
  emitVariable,
  functionValue,
  withNames,
} from "./function.ts";
import { helpers } from "./helpers.ts";
import { emitPath } from "./path.ts";
import { counted } from "./result.ts";
import { NeedsFrames, NotGenerated, apart, atom, mayBeList } from "./scope.ts";
import type { Atom, Scope } from "./scope.ts";
import { Source } from "./source.ts";
import { emitFilter, emitFirst } from "./step.ts";
import { emitBinary, emitUnary, normalised } from "./value.ts";

/** A program in JavaScript of its own. */
export type Generated = (input: unknown, run: Run) => Json | undefined;

/** Any node. What is not generated runs as a closure, in the midst of what is. */
function emit(ast: Ast, scope: Scope): Atom {
  const { source, hoisted } = scope.program;
  const known = hoisted.get(ast);
  if (known !== undefined) return known;
  const { refused } = scope.program;
  try {
    if (!refused.has(ast)) {
      return source.attempt(() => emitWhole(ast, mayBeResult(ast) ? scope : apart(scope)));
    }
  } catch (error) {
    if (!(error instanceof NotGenerated)) throw error;
    refused.add(ast);
  }
  if (!scope.program.framed && hasNames(scope)) throw new NeedsFrames();
  const closure = source.constant(compile(ast, { ...scope.around, compile }));
  return atom(source.local(`${closure}(${scope.input}, ${scope.frame})`));
}

function hasNames({ names }: Scope): boolean {
  for (let at: Scope["names"] | undefined = names; at !== undefined; at = at.outer) {
    if (at.bindings.size > 0) return true;
  }
  return false;
}

/** Nodes that can make their value as the result has it. */
function mayBeResult(ast: Ast): boolean {
  if (ast.predicate !== undefined || ast.keepArray === true || ast.consarray === true) return false;
  switch (ast.type) {
    case "unary":
    case "condition":
    case "block":
    case "path":
    case "function":
      return true;
    default:
      return false;
  }
}

/** A node with its predicates and the unwrapping that every node ends with. */
function emitWhole(ast: Ast, scope: Scope): Atom {
  if (ast.group !== undefined || ast.tuple === true) throw new NotGenerated();
  if (ast.type === "path") return emitPath(ast, scope, emit);
  let value = emitOwn(ast, scope);
  const stages = ast.predicate ?? [];
  const [predicate, index, more] = stages;
  if (predicate !== undefined && index !== undefined && more === undefined) {
    const first = emitFirst(predicate, index, value, scope, emit);
    if (first !== undefined) return normalised(first, scope);
  }
  for (const stage of stages) value = emitFilter(stage, value, scope, emit);
  if (ast.keepArray === true && mayBeList(value)) {
    return atom(scope.program.source.local(`norm(${value.code}, true)`));
  }
  const isNormal = yieldsPlain(ast) || ast.type === "unary" || ast.type === "variable";
  if (ast.predicate === undefined && isNormal) return value;
  return normalised(value, scope);
}

function emitOwn(ast: Exclude<Ast, { type: "path" }>, scope: Scope): Atom {
  const { source } = scope.program;
  const { input } = scope;
  switch (ast.type) {
    case "string":
      return atom(JSON.stringify(ast.value), "text", true);
    case "number":
      return atom(`(${JSON.stringify(ast.value)})`, "number", true);
    case "value":
      return atom(JSON.stringify(ast.value), ast.value === null ? "object" : "boolean", true);
    case "name":
      return name(ast.value, scope);
    case "variable":
      return emitVariable(ast, scope);
    case "wildcard":
      return atom(source.local(`${source.constant(wildcard)}(${input})`), "list", true);
    case "descendant":
      return atom(source.local(`${source.constant(descendants)}(${input})`));
    case "binary":
      return emitBinary(ast, scope, emit);
    case "unary":
      return emitUnary(ast, scope, emit);
    case "condition":
      return emitCondition(ast, scope, emit);
    case "block":
      return emitBlock(ast, scope, emit);
    case "bind":
      return emitBind(ast, scope, emit);
    default:
      return emitFunctional(ast, scope);
  }
}

function emitFunctional(ast: Ast, scope: Scope): Atom {
  const { source } = scope.program;
  switch (ast.type) {
    case "function":
      return emitCall(ast, scope, emit);
    case "apply":
      return emitApply(ast, scope, emit);
    case "lambda": {
      // A tail call in the midst of a value: only its caller knows what to do with it.
      if (ast.thunk === true) throw new NotGenerated();
      const made = emitFunction(ast, scope, emit);
      return atom(source.local(functionValue(ast, made, scope)), "any", true);
    }
    case "regex": {
      const compiled = compileRegex(ast.value);
      if (typeof compiled === "string") throw new NotGenerated();
      return atom(source.constant(matcherOf(compiled, ast.value, ast.position)), "any", true);
    }
    default:
      throw new NotGenerated();
  }
}

/** A name as a step over items. */
function name(key: string, scope: Scope): Atom {
  const { source } = scope.program;
  const { input } = scope;
  const text = JSON.stringify(key);
  const read = inherited.has(key) ? `own(${input}, ${text})` : `${input}[${text}]`;
  const isDict = `typeof ${input} === "object" && ${input} !== null && !A(${input})`;
  return atom(source.local(`${isDict} ? ${read} : lookup(${input}, ${text})`));
}

const emitTail = (call: CallAst, scope: Scope, context: string): Atom =>
  emitCall(call, scope, emit, { tail: context });

/** Generates a program, or gives undefined where the platform forbids it. */
export function generateProgram(
  ast: Ast,
  around: Omit<Surroundings, "variables" | "compile">,
): Generated | undefined {
  if (!isPermitted()) return undefined;
  try {
    return generate(ast, around, false);
  } catch (error) {
    if (error instanceof NeedsFrames) return generate(ast, around, true);
    // The platform's parser nests less deep than closures do.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function generate(
  ast: Ast,
  around: Omit<Surroundings, "variables" | "compile">,
  framed: boolean,
): Generated {
  const source = new Source();
  const names = boundNames([ast]);
  const variables = new Variables(undefined, names);
  const outer: Scope = {
    around: { ...around, variables, compile },
    program: { source, framed, hoisted: new Map(), refused: new Set(), emitTail },
    input: "input",
    dict: undefined,
    frame: "undefined",
    names: { outer: undefined, bindings: new Map() },
    functions: 0,
    isResult: true,
  };
  const body = source.capture(() => {
    const scope = withNames(outer, variables);
    const { code } = counted(emit(ast, scope), scope);
    source.line(`return run.nodes < 0 || run.characters < 0 ? whole(${code}) : ${code};`);
  });
  const imports = Object.keys(helpers).join(", ");
  const constants = source.constants.map((_, index) => `k${index}`).join(", ");
  const text = [
    '"use strict";',
    `const { ${imports} } = helpers;`,
    constants === "" ? "" : `const [${constants}] = constants;`,
    source.declarations(),
    "return function program(input, run) {",
    source.beginning(),
    body,
    "};",
  ].join("\n");
  return instantiate(text)(helpers, source.constants);
}

type Factory = (helpers: unknown, constants: readonly unknown[]) => Generated;

function instantiate(text: string): Factory {
  // oxlint-disable-next-line typescript/no-implied-eval -- only generated names and JSON-quoted text are in it
  return new Function("helpers", "constants", text) as Factory;
}

let permitted: boolean | undefined;

/** False under `--disallow-code-generation-from-strings` and its like. */
function isPermitted(): boolean {
  try {
    permitted ??= typeof instantiate("return 1;") === "function";
  } catch {
    permitted = false;
  }
  return permitted;
}
