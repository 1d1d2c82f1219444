import { directs } from "../builtin/direct.ts";
import { isGuard } from "../compile/compile.ts";
import { applyTo, callee, isKnown, nameOf, plainVariable } from "../compile/function.ts";
import { staticBuiltin } from "../compile/variable.ts";
import { isCallable } from "../value/callable.ts";
import { fail, place } from "../value/fault.ts";
import type { ApplyAst, Ast, CallAst } from "../syntax/ast.ts";
import { weightOf } from "../syntax/walk.ts";
import { certain, isVariable } from "./certain.ts";
import { inlined, itemFunctions, typeOfCall } from "./inline.ts";
import { emitFunction } from "./function.ts";
import { counted } from "./result.ts";
import { apart, atom, spend } from "./scope.ts";
import type { Atom, Emit, Names, Scope } from "./scope.ts";
import { emitGuarded } from "./choice.ts";
import { emitInside, emitItems, emitPlaced, truthOf } from "./value.ts";

/** How a call stands: what is piped into it, and whether a function ends with it. */
interface Standing {
  readonly piped?: Atom;
  /** Name of the context that the caller gave: the call is the last thing a function does. */
  readonly tail?: string;
}

/** `$f(a, b)`, as the function gives it: a sequence may still have to be unwrapped. */
export function emitCall(ast: CallAst, scope: Scope, emit: Emit, standing: Standing = {}): Atom {
  const name = certain(ast.procedure, scope);
  const isTail = standing.tail !== undefined;
  const position = isTail ? ast.procedure.position : (ast.procedure.position ?? ast.position);
  if (name !== undefined) {
    if (standing.piped === undefined && (name === "map" || name === "filter")) {
      const looped = emitLoop(ast, name, position, scope, emit);
      if (looped !== undefined) return looped;
    }
    const args = argumentsOf(ast, scope, emit, standing);
    const context = standing.tail ?? scope.input;
    return emitBuiltin(name, args, { position, context, isTail }, scope);
  }
  return emitUnknown(ast, scope, emit, standing);
}

function argumentsOf(ast: CallAst, scope: Scope, emit: Emit, { piped, tail }: Standing): Atom[] {
  const permits = tail === undefined && isGuard(ast, scope.around);
  const name = certain(ast.procedure, scope);
  const takesItems = name !== undefined && itemFunctions.has(name);
  const given = ast.arguments.map((argument) => {
    if (permits) return emitGuarded(argument, scope, emit);
    return takesItems ? emitItems(argument, scope, emit) : emitInside(argument, scope, emit);
  });
  return piped === undefined ? given : [piped, ...given];
}

function emitBuiltin(
  name: string,
  args: readonly Atom[],
  at: { position: number | undefined; context: string; isTail: boolean },
  scope: Scope,
): Atom {
  const { source } = scope.program;
  const known = staticBuiltin(name, scope.around);
  const invoke = source.constant(calling(known?._call, at.position, name));
  const list = args.map((one) => (at.isTail ? one.code : detach(one))).join(", ");
  const full = `${invoke}([${list}], ${at.context})`;
  const short = inlined(name, args, full);
  if (short !== undefined) return { ...short, code: source.local(short.code) };
  const type = typeOfCall(name);
  const direct = directs.get(name);
  if (direct === undefined || args.length < direct[0] || args.length > direct[1]) {
    return atom(source.local(full), type);
  }
  // The forms take three arguments each, and no call pays for fitting fewer to them.
  const given = [0, 1, 2].map((index) => args[index]?.code ?? "undefined").join(", ");
  const result = source.local(`${source.constant(direct[2])}(${given})`);
  source.line(`if (${result} === MISS) ${result} = ${full};`);
  return atom(result, type);
}

type Invoke = (args: readonly unknown[], context: unknown) => unknown;

/** Each call site has a function of its own, made once: its errors know their place. */
const sites = new WeakMap<Invoke, Map<string, Invoke>>();

function calling(target: Invoke | undefined, position: number | undefined, token: string): Invoke {
  if (target === undefined) return () => fail("T1006", { position, token });
  const known = sites.get(target) ?? new Map<string, Invoke>();
  sites.set(target, known);
  const key = String(position);
  const site =
    known.get(key) ??
    ((args, context) => {
      try {
        return target(args, context);
      } catch (error) {
        throw place(error, position, token);
      }
    });
  known.set(key, site);
  return site;
}

/** Functions among arguments lose the caller's context. */
function detach({ code, type }: Atom): string {
  return type === "any" ? `(typeof ${code} === "object" ? detached(${code}) : ${code})` : code;
}

/** A call of what only the data tells, or of a function of the expression. */
function emitUnknown(ast: CallAst, scope: Scope, emit: Emit, standing: Standing): Atom {
  const { source } = scope.program;
  const { tail } = standing;
  const token = nameOf(ast.procedure);
  const position = ast.procedure.position ?? ast.position;
  const known = tail === undefined ? knownFunction(ast.procedure, scope) : undefined;
  if (known !== undefined) {
    const args = argumentsOf(ast, scope, emit, standing).map((one) => detach(one));
    const result = source.local("undefined");
    const call = `${known.name}(${[...padded(args, known.arity), scope.input].join(", ")})`;
    const settled = known.tails ? `settle(${call}, ${scope.input})` : call;
    emitPlaced(() => source.line(`${result} = ${settled};`), position, token, scope);
    return atom(result);
  }
  const target = emit(ast.procedure, { ...apart(scope), around: callee(scope.around) });
  if (tail !== undefined) {
    const args = ast.arguments.map((argument) => emitInside(argument, scope, emit).code);
    const name = ast.procedure.type === "variable" ? ast.procedure.value : undefined;
    const where = String(ast.procedure.position);
    const what = name === undefined ? "undefined" : JSON.stringify(name);
    const made = `new TailCall(${target.code}, [${args.join(", ")}], ${where}, ${what})`;
    return atom(source.local(made), "any", true);
  }
  hint(ast, target, scope, { position, token });
  const args = argumentsOf(ast, scope, emit, standing).map((one) => detach(one));
  const invoke = source.constant((procedure: unknown, given: unknown[], context: unknown) => {
    try {
      return isCallable(procedure)
        ? procedure._call(given, context)
        : fail("T1006", { value: procedure });
    } catch (error) {
      throw place(error, position, token);
    }
  });
  const code = source.local(`${invoke}(${target.code}, [${args.join(", ")}], ${scope.input})`);
  return atom(code);
}

function hint(
  ast: CallAst,
  target: Atom,
  scope: Scope,
  at: { position: number | undefined; token: string | undefined },
): void {
  if (ast.procedure.type !== "path" || at.token === undefined) return;
  if (!isKnown(at.token, scope.around) && !isVariable(at.token, scope.names)) return;
  const { source } = scope.program;
  const report = source.constant(() => fail("T1005", at));
  source.line(`if (${target.code} === undefined) ${report}();`);
}

function padded(args: readonly string[], arity: number): string[] {
  return Array.from({ length: arity }, (_, index) => args[index] ?? "undefined");
}

/** The function that a variable certainly is. */
function knownFunction(
  procedure: Ast,
  { names }: Scope,
): { name: string; tails: boolean; arity: number } | undefined {
  if (procedure.type !== "variable" || !plainVariable(procedure)) return undefined;
  for (let at: Names | undefined = names; at !== undefined; at = at.outer) {
    const binding = at.bindings.get(procedure.value);
    if (binding !== undefined) return binding.bound ? binding.known : undefined;
  }
  return undefined;
}

/** `$map` and `$filter` with a function written on the spot become loops. */
function emitLoop(
  ast: CallAst,
  name: "map" | "filter",
  position: number | undefined,
  scope: Scope,
  emit: Emit,
): Atom | undefined {
  const [subject, mapper] = ast.arguments;
  if (subject === undefined || ast.arguments.length !== 2) return undefined;
  if (mapper?.type !== "lambda" || mapper.thunk === true || mapper.signature !== undefined) {
    return undefined;
  }
  if (mapper.predicate !== undefined || mapper.group !== undefined) return undefined;
  const { source } = scope.program;
  const given = emitInside(subject, scope, emit);
  const result = source.name("q");
  const made = emitFunction(mapper, name === "map" ? scope : apart(scope), emit);
  source.line(`let ${result};`);
  source.line(`if (${given.code} !== undefined) {`);
  const [list, index, item] = ["f", "i", "c"].map((prefix) => source.name(prefix));
  source.line(`const ${list} = A(${given.code}) ? ${given.code} : [${given.code}];`);
  source.line(`${result} = ${made.counted ? "[]" : "seq()"};`);
  spend(`${list}.length * ${1 + (weightOf(mapper) >> 3)}`, scope);
  const body = (): void => {
    source.line(`for (let ${index} = 0; ${index} < ${list}.length; ${index}++) {`);
    source.line(`const ${item} = ${list}[${index}];`);
    const args = [`${item}`, `${index}`, `${list}`].slice(0, Math.max(1, made.arity));
    const call = `${made.name}(${[...padded(args, made.arity), "null"].join(", ")})`;
    const value = source.local(made.tails ? `settle(${call}, null)` : call);
    if (name === "map") source.line(`if (${value} !== undefined) ${result}.push(${value});`);
    else source.line(`if (${truthOf(atom(value))}) ${result}.push(${item});`);
    source.line("}");
  };
  emitPlaced(body, position, name, scope);
  if (made.counted) source.line(`${result} = ${result}.length > 1 ? ${result} : ${result}[0];`);
  source.line("}");
  return made.counted
    ? { ...counted(atom("undefined"), scope), code: result }
    : atom(result, "list");
}

/** `a ~> $f(b)` and `a ~> $f`. */
export function emitApply(ast: ApplyAst, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const { rhs } = ast;
  if (rhs.type === "function") {
    const permits = isGuard(rhs, scope.around);
    const piped = permits ? emitGuarded(ast.lhs, scope, emit) : emitInside(ast.lhs, scope, emit);
    return emitCall(rhs, scope, emit, { piped });
  }
  const value = emitInside(ast.lhs, scope, emit);
  const target = emitInside(rhs, scope, emit);
  const { position } = ast;
  const apply = source.constant((x: unknown, y: unknown) => applyTo(x, y, position));
  return atom(source.local(`${apply}(${value.code}, ${target.code})`));
}
