import { running } from "../value/run.ts";
import { isList, normalise } from "../value/sequence.ts";
import type { VariableAst } from "../syntax/ast.ts";
import { builtin } from "../builtin/index.ts";
import { absentVariable } from "./absence.ts";
import { frameAt, unbound } from "./frame.ts";
import type { Node, Surroundings } from "./node.ts";

/** `$`, `$$`, a variable of the expression, a root of the scope, or a function by name. */
export function variable(ast: VariableAst, around: Surroundings): Node {
  const read = reader(ast.value, around);
  const keepArray = ast.keepArray === true;
  if (!around.strict || around.absence === "allow") {
    return (input, frame) => normalise(read(input, frame), keepArray);
  }
  return (input, frame) => {
    const value = normalise(read(input, frame), keepArray);
    if (value === undefined) absentVariable(ast.value, ast.position, around);
    return value;
  };
}

function reader(name: string, around: Surroundings): Node {
  if (name === "") {
    return (input) => (isList(input) && input.outerWrapper === true ? input[0] : input);
  }
  const outer = outermost(name, around);
  const places = around.variables.places(name);
  const [only] = places;
  if (only === undefined) return outer;
  if (places.length === 1 && only.slot !== undefined) {
    return single(only.up, only.slot, outer);
  }
  return (input, frame) => {
    for (const { up, slot } of places) {
      const at = frameAt(frame, up);
      if (slot !== undefined && at.slots[slot] !== unbound) return at.slots[slot];
      if (at.names !== undefined && Object.hasOwn(at.names, name)) return at.names[name];
    }
    return outer(input, frame);
  };
}

function single(up: number, slot: number, outer: Node): Node {
  return (input, frame) => {
    const value = frameAt(frame, up).slots[slot];
    return value === unbound ? outer(input, frame) : value;
  };
}

/** What a name means that no variable of the expression has. */
export function outermost(name: string, around: Surroundings): Node {
  if (name === "$") return () => running().input;
  const fallback = builtin(name);
  if (!around.isBound(name)) return () => fallback;
  return () => {
    const { scope } = running();
    return Object.hasOwn(scope, name) ? scope[name] : fallback;
  };
}

/** The built-in that a call by this name always means, or undefined where the name may be bound. */
export function staticBuiltin(
  name: string,
  around: Surroundings,
): ReturnType<typeof builtin> | undefined {
  if (around.isBound(name) || around.variables.places(name).length > 0) return undefined;
  return builtin(name);
}
