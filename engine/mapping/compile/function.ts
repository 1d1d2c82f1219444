import { isCallable } from "../value/callable.ts";
import type { Callable } from "../value/callable.ts";
import { fail, place } from "../value/fault.ts";
import { DeferredCall, Lambda, TailCall, callCost, detached } from "../value/lambda.ts";
import type { Body } from "../value/lambda.ts";
import { deeper, shallower, spend } from "../value/run.ts";
import { normalise } from "../value/sequence.ts";
import type { ApplyAst, Ast, CallAst, LambdaAst } from "../syntax/ast.ts";
import { boundNames } from "../syntax/walk.ts";
import { builtin, builtinParameters, withoutChecks } from "../builtin/index.ts";
import { Frame, Variables } from "./frame.ts";
import { NotCompiled, inside, perItem, withVariables } from "./node.ts";
import type { Node, Surroundings } from "./node.ts";
import { staticBuiltin } from "./variable.ts";

/** `function($a, $b){…}` and, in tail position, a call that is left to the caller. */
export function lambda(ast: LambdaAst, around: Surroundings): Node {
  if (ast.thunk === true && ast.body.type === "function") return tailCall(ast.body, around);
  const parameters = ast.arguments.map((argument) => argument.value);
  const variables = new Variables(around.variables, [...parameters, ...boundNames([ast.body])]);
  const body = around.compile(ast.body, withVariables(perItem(around), variables));
  const slots = parameters.map((name) => variables.slots.get(name) ?? 0);
  const { signature } = ast;
  return (input, frame) => {
    const run: Body = (args) => {
      spend(callCost);
      const values = variables.fresh();
      slots.forEach((slot, index) => (values[slot] = args[index]));
      deeper();
      const result = body(input, new Frame(frame, values));
      shallower();
      return result;
    };
    return new Lambda(
      parameters,
      run,
      signature === undefined
        ? run
        : (args, context) => run(signature.validate(args, context), context),
    );
  };
}

function tailCall(call: CallAst, around: Surroundings): Node {
  const procedure = around.compile(call.procedure, callee(around));
  const args = call.arguments.map((argument) => around.compile(argument, inside(around)));
  const token = call.procedure.type === "variable" ? call.procedure.value : undefined;
  return (input, frame) =>
    new DeferredCall(
      () =>
        new TailCall(
          procedure(input, frame),
          args.map((argument) => argument(input, frame)),
          call.procedure.position,
          token,
        ),
    );
}

/** The name of a function is no path: that it is unknown is said by T1006. */
export function callee(around: Surroundings): Surroundings {
  return around.strict ? { ...around, absence: "allow" } : around;
}

/** `$f(a, b)`; `piped` is the left side of `~>`, which becomes the first argument. */
export function call(
  ast: CallAst,
  around: Surroundings,
  piped?: Node,
  forArguments = inside(around),
): Node {
  const args = ast.arguments.map((argument) => forArguments.compile(argument, forArguments));
  if (piped !== undefined) args.unshift(piped);
  const token = nameOf(ast.procedure);
  const position = ast.procedure.position ?? ast.position;
  const known =
    ast.procedure.type === "variable" && plainVariable(ast.procedure)
      ? staticBuiltin(ast.procedure.value, around)
      : undefined;
  if (known !== undefined) {
    const { _call: invoke } = known;
    return (input, frame) => {
      const values = evaluateAll(args, input, frame);
      try {
        return invoke(values, input);
      } catch (error) {
        throw place(error, position, token);
      }
    };
  }
  const procedure = around.compile(ast.procedure, callee(around));
  const hint = ast.procedure.type === "path" && isKnown(token, around);
  return (input, frame) => {
    const target = procedure(input, frame);
    if (target === undefined && hint) fail("T1005", { position, token });
    const values = evaluateAll(args, input, frame);
    try {
      return isCallable(target) ? target._call(values, input) : fail("T1006", { value: target });
    } catch (error) {
      throw place(error, position, token);
    }
  };
}

export function plainVariable(ast: Ast): boolean {
  return ast.predicate === undefined && ast.group === undefined;
}

export function isKnown(name: string | undefined, around: Surroundings): boolean {
  return (
    name !== undefined && (builtin(name) !== undefined || around.variables.places(name).length > 0)
  );
}

function evaluateAll(args: readonly Node[], input: unknown, frame: Frame): unknown[] {
  spend(1);
  const values: unknown[] = [];
  for (const argument of args) values.push(detached(argument(input, frame)));
  return values;
}

export function nameOf(procedure: Ast): string | undefined {
  if (procedure.type === "variable" || procedure.type === "name") return procedure.value;
  if (procedure.type !== "path") return undefined;
  const [first] = procedure.steps;
  return first?.type === "name" || first?.type === "variable" ? first.value : undefined;
}

/** `$f(?, 1)`. */
export function partial(ast: CallAst, around: Surroundings): Node {
  const args = ast.arguments.map((argument) =>
    argument.type === "operator" ? undefined : around.compile(argument, inside(around)),
  );
  const procedure = around.compile(ast.procedure, callee(around));
  const token = nameOf(ast.procedure);
  const { position } = ast;
  const hint = ast.procedure.type === "path" && isKnown(token, around);
  return (input, frame) => {
    const given = args.map((argument) => argument?.(input, frame));
    const target = procedure(input, frame);
    if (target === undefined && hint) fail("T1007", { position, token });
    if (!isCallable(target)) fail("T1008", { position, token });
    return fix(target, given, (index) => args[index] === undefined && index < args.length);
  };
}

/** A function with some arguments fixed; parameters that were not mentioned are fixed to nothing. */
function fix(
  target: Callable,
  given: readonly unknown[],
  isOpen: (index: number) => boolean,
): Callable {
  const count = target instanceof Lambda ? target._parameters.length : builtinParameters(target);
  const open = Array.from({ length: count }, (_, index) => index).filter(isOpen);
  const fill = (args: readonly unknown[]): unknown[] => {
    const all = Array.from({ length: count }, (_, index) => given[index]);
    open.forEach((index, at) => (all[index] = args[at]));
    return all;
  };
  const names = open.map(
    (index) => (target instanceof Lambda ? target._parameters[index] : "") ?? "",
  );
  // Past the signature, as in the reference: fixing arguments skips its checks.
  const body: Body = (args, context) =>
    target instanceof Lambda
      ? target._body(fill(args), context)
      : withoutChecks(target, fill(args));
  return new Lambda(names, body);
}

/** `a ~> $f(b)`, `a ~> $f`, `$f ~> $g`. */
export function applied(ast: ApplyAst, around: Surroundings, forLeft = inside(around)): Node {
  const left = forLeft.compile(ast.lhs, forLeft);
  if (ast.rhs.type === "function") return call(ast.rhs, around, left);
  const right = around.compile(ast.rhs, inside(around));
  return (input, frame) => {
    const value = left(input, frame);
    const target = right(input, frame);
    return applyTo(value, target, ast.position);
  };
}

/** `value ~> target`. */
export function applyTo(value: unknown, target: unknown, position: number | undefined): unknown {
  if (!isCallable(target)) fail("T2006", { position, value: target });
  return isCallable(value) ? chained(value, target) : target._call([value], null);
}

function chained(first: Callable, second: Callable): Callable {
  const run: Body = (args) => {
    spend(1);
    const [value] = args;
    const between = first._call([detached(value)], null);
    return second._call([normalise(between)], null);
  };
  return new Lambda(["x"], run);
}

/** Refuses a `:=` whose moment nobody can say: entries of `{…}` and `[…]` have no order. */
export function refuseBinding(parts: readonly Ast[]): void {
  if (boundNames(parts).length > 0) throw new NotCompiled("`:=` directly inside `{…}` or `[…]`");
}
