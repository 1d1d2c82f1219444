import type { Ast } from "../syntax/ast.ts";
import type { Frame, Variables } from "./frame.ts";

/** A compiled node: its value for a context item and the variables in force. */
export type Node = (input: unknown, frame: Frame) => unknown;

/**
 * What an absent path does in a strict expression. `error`: ends the evaluation. `signal`: somewhere
 * inside `??`, `$exists` or `$optional`, so it makes their whole operand absent. `allow`: it is
 * their operand itself. Expressions that are not strict always `allow`.
 */
export type Absence = "error" | "signal" | "allow";

/** What the compiler of a node knows of its surroundings. */
export interface Surroundings {
  readonly variables: Variables;
  readonly strict: boolean;
  readonly absence: Absence;
  /** Names that the scope may bind beside the built-in functions. */
  readonly isBound: (name: string) => boolean;
  /** From an offset behind a token to the offset of its first character. */
  readonly startOf: (end: number) => number;
  readonly text: string;
  readonly compile: (ast: Ast, around: Surroundings) => Node;
}

/** For parts of a node that are not its value: an absent path in there is not the value's absence. */
export function inside(around: Surroundings): Surroundings {
  return around.absence === "allow" && around.strict ? { ...around, absence: "signal" } : around;
}

/** For what is evaluated once per item, where an outer `??` must not hide one item's defect. */
export function perItem(around: Surroundings): Surroundings {
  return around.strict ? { ...around, absence: "error" } : around;
}

/** With other variables in force. */
export function withVariables(around: Surroundings, variables: Variables): Surroundings {
  return { ...around, variables };
}

/** Thrown by the compiler at what only the library can evaluate. */
export class NotCompiled extends Error {}
