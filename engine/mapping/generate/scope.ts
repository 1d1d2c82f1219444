import type { Ast, CallAst } from "../syntax/ast.ts";
import type { Surroundings } from "../compile/node.ts";
import type { Source } from "./source.ts";

/** A generated function. */
export interface Made {
  readonly name: string;
  /** True when it may give a tail call instead of a value. */
  readonly tails: boolean;
  readonly arity: number;
  /** What it gives is a part of the result, made and counted as such. */
  readonly counted: boolean;
}

/** Where generated code keeps a variable of the expression. */
export interface Binding {
  readonly code: string;
  /** True from where the variable is certainly bound. */
  bound: boolean;
  /** The function it certainly is: its generated name, and whether it makes tail calls. */
  known?: Made;
  /** What kind of value it certainly holds. */
  type?: Atom["type"];
  /** Where the value stands that a reader of the variable gets, once it is bound for good. */
  settled?: string;
  /** Name of what is true when that is an object. */
  dict?: string;
}

/** Variables of a block, a function or the program. */
export interface Names {
  readonly outer: Names | undefined;
  readonly bindings: ReadonlyMap<string, Binding>;
}

/** What generated code knows of its surroundings. */
export interface Scope {
  readonly around: Surroundings;
  readonly program: ProgramState;
  /** Name of the context item. */
  readonly input: string;
  /** Name of what is true when the context item is an object, where that is known once for many reads. */
  readonly dict: string | undefined;
  /** Name of the frame; frames are kept only where a closure needs them. */
  readonly frame: string;
  readonly names: Names;
  /** How many functions this stands in, one within the other. */
  readonly functions: number;
  /** The value goes into the result and nowhere else: it may be made as the result has it, and counted. */
  readonly isResult: boolean;
}

/** What is the same all over one program. */
export interface ProgramState {
  readonly source: Source;
  /** Whether variables stand in frames, for closures to find them. */
  readonly framed: boolean;
  /** Values that were read before the loop they stand in. */
  readonly hoisted: Map<Ast, Atom>;
  /** Nodes that were tried and are left to closures: to try each twice would take 2ⁿ tries for n within one another. */
  readonly refused: Set<Ast>;
  /** Writes the call that a function ends with; `context` names what its caller gave as context. */
  readonly emitTail: (call: CallAst, scope: Scope, context: string) => Atom;
}

/** The value of a node: a name or literal that can be used more than once. */
export interface Atom {
  readonly code: string;
  /** What it is when it is not `undefined`. */
  readonly type: "any" | "text" | "number" | "boolean" | "object" | "list";
  /** True when it is never `undefined`. */
  readonly defined: boolean;
  /** A list, where it is one, that nothing else holds: it may become part of the result as it is. */
  readonly fresh?: boolean;
  /** Part of the result as it is: nothing in it needs a change, and its size is counted. */
  readonly counted?: boolean;
}

export type Emit = (ast: Ast, scope: Scope) => Atom;

export const atom = (code: string, type: Atom["type"] = "any", defined = false): Atom => ({
  code,
  type,
  defined,
});

/** Thrown at a node that is left to its closure. */
export class NotGenerated extends Error {}

/** Thrown when a closure needs variables that are not in frames. */
export class NeedsFrames extends Error {}

/** True when a value may be a list, whose marks may have to be looked at. */
export function mayBeList({ type }: Atom): boolean {
  return type === "any" || type === "list";
}

/** The same, where it has not been made as a part of the result, which has no marks. */
export function mayBeUnwrapped(value: Atom): boolean {
  return value.counted !== true && value.code !== "undefined" && mayBeList(value);
}

/** For parts of a node that are not its value. */
export function apart(scope: Scope): Scope {
  return scope.isResult ? { ...scope, isResult: false } : scope;
}

/** Takes fuel. */
export function spend(cost: string, { program: { source } }: Scope): void {
  source.line(`if ((run.fuel -= ${cost}) < 0) outOfFuel();`);
}

/** Name of what is true when a variable holds an object, where that is known. */
export function dictOf(name: string, { names }: Scope): string | undefined {
  for (let at: Names | undefined = names; at !== undefined; at = at.outer) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return binding.bound ? binding.dict : undefined;
  }
  return undefined;
}
