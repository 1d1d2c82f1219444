import type { Sign } from "../value/callable.ts";

/**
 * The tree that jsonata's parser gives, as far as we use it. It is not a documented contract, so
 * the jsonata version is pinned and the conformance suite guards it.
 */
export type Ast =
  | PathAst
  | BinaryAst
  | UnaryAst
  | LiteralAst
  | NameAst
  | VariableAst
  | WildcardAst
  | ParentAst
  | ConditionAst
  | BlockAst
  | BindAst
  | RegexAst
  | CallAst
  | LambdaAst
  | ApplyAst
  | TransformAst
  | SortAst
  | PlaceholderAst;

interface AstBase {
  /** Offset behind the node's token; absent on nodes that the parser makes up. */
  readonly position?: number;
  readonly predicate?: readonly Stage[];
  readonly stages?: readonly Stage[];
  readonly group?: Group;
  readonly keepArray?: boolean;
  readonly consarray?: boolean;
  readonly tuple?: boolean;
  readonly focus?: string;
  readonly index?: string;
  readonly ancestor?: Slot;
}

export interface Slot {
  readonly label: string;
}

export interface Stage {
  readonly type: "filter" | "index";
  /** The predicate of a filter. */
  readonly expr: Ast;
  /** The variable of an index. */
  readonly value: string;
  readonly position?: number;
}

export interface Group {
  readonly lhs: readonly (readonly [key: Ast, value: Ast])[];
  readonly position?: number;
}

export interface PathAst extends AstBase {
  readonly type: "path";
  readonly steps: readonly Ast[];
  readonly keepSingletonArray?: boolean;
}
export interface BinaryAst extends AstBase {
  readonly type: "binary";
  readonly value: string;
  readonly lhs: Ast;
  readonly rhs: Ast;
}
export interface UnaryAst extends AstBase {
  readonly type: "unary";
  readonly value: "-" | "[" | "{";
  readonly expression: Ast;
  readonly expressions: readonly Ast[];
  readonly lhs: readonly (readonly [key: Ast, value: Ast])[];
}
export interface LiteralAst extends AstBase {
  readonly type: "string" | "number" | "value";
  readonly value: string | number | boolean | null;
}
export interface NameAst extends AstBase {
  readonly type: "name";
  readonly value: string;
}
export interface VariableAst extends AstBase {
  readonly type: "variable";
  readonly value: string;
}
export interface WildcardAst extends AstBase {
  readonly type: "wildcard" | "descendant";
}
export interface ParentAst extends AstBase {
  readonly type: "parent";
  readonly slot: Slot;
}
export interface ConditionAst extends AstBase {
  readonly type: "condition";
  readonly condition: Ast;
  readonly then: Ast;
  readonly else?: Ast;
}
export interface BlockAst extends AstBase {
  readonly type: "block";
  readonly expressions: readonly Ast[];
}
export interface BindAst extends AstBase {
  readonly type: "bind";
  readonly lhs: VariableAst;
  readonly rhs: Ast;
}
export interface RegexAst extends AstBase {
  readonly type: "regex";
  readonly value: RegExp;
}
export interface CallAst extends AstBase {
  readonly type: "function" | "partial";
  readonly procedure: Ast;
  readonly arguments: readonly Ast[];
}
export interface LambdaAst extends AstBase {
  readonly type: "lambda";
  readonly arguments: readonly VariableAst[];
  readonly signature?: Sign;
  readonly body: Ast;
  /** A tail call, evaluated by the caller's loop. */
  readonly thunk?: boolean;
}
export interface ApplyAst extends AstBase {
  readonly type: "apply";
  readonly lhs: Ast;
  readonly rhs: Ast;
}
export interface TransformAst extends AstBase {
  readonly type: "transform";
  readonly pattern: Ast;
  readonly update: Ast;
  readonly delete?: Ast;
}
export interface SortAst extends AstBase {
  readonly type: "sort";
  readonly terms: readonly { readonly descending: boolean; readonly expression: Ast }[];
}
/** The `?` of a partial application. */
export interface PlaceholderAst extends AstBase {
  readonly type: "operator";
  readonly value: "?";
}

/** `a ?? b` and `a ?: b` come as conditions; this tells them from `c ? a : b`. */
export function isCoalesce(node: ConditionAst): boolean {
  const { condition } = node;
  return (
    condition.type === "function" &&
    condition.position === undefined &&
    condition.procedure.type === "variable" &&
    condition.procedure.value === "exists" &&
    condition.procedure.position === undefined
  );
}
