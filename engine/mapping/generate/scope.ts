import type { Ast, CallAst } from "../syntax/ast.ts";
import type { Surroundings } from "../compile/node.ts";
import type { Source } from "./source.ts";

/** Where generated code keeps a variable of the expression. */
export interface Binding {
  readonly code: string;
  /** True from where the variable is certainly bound. */
  bound: boolean;
  /** The function it certainly is: its generated name, and whether it makes tail calls. */
  known?: { readonly name: string; readonly tails: boolean; readonly arity: number };
  /** What kind of value it certainly holds. */
  type?: Atom["type"];
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
  /** Name of the frame; frames are kept only where a closure needs them. */
  readonly frame: string;
  readonly names: Names;
}

/** What is the same all over one program. */
export interface ProgramState {
  readonly source: Source;
  /** Whether variables stand in frames, for closures to find them. */
  readonly framed: boolean;
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
