import type { Diagnostic, SourceRef } from "../errors/diagnostic.ts";
import type { Expression, Root, Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { Kept } from "../model/kept.ts";

/** Where the text of an expression stands: maps an offset in the text to a place in the file. */
export interface Place {
  readonly file: string;
  ref(offset: number, length: number): SourceRef;
}

/**
 * `strict` for expressions in YAML: absent paths are errors, names need a root. `mapping` for
 * `.jsonata` files: JSONata's own semantics, with the input as context.
 */
export type ExpressionMode = "strict" | "mapping";

/** One expression as it stands in a file. */
export interface ExpressionSource {
  /** Unique within a generation. */
  readonly id: string;
  readonly text: string;
  readonly place: Place;
  readonly mode: ExpressionMode;
  /** Roots that may be named here. */
  readonly roots: readonly Root[];
  /** The text was compiled here before, and had no error: it is parsed when it is first needed. */
  readonly isSound?: boolean | undefined;
  /** What was found of expressions before, in whatever place; asked and told where it is given. */
  readonly kept?: KeptExpressions | undefined;
}

/** The outcome of a compilation: an expression unless a diagnostic is an error. */
export interface CompiledExpression {
  readonly expression?: Expression;
  readonly diagnostics: readonly Diagnostic[];
  /** Present whenever the text could be parsed, and was. */
  readonly analysis?: Analysis;
}

/** A value of a spec as the YAML walker gives it; strings may hold `${ … }`. */
export type TemplateNode =
  | {
      readonly kind: "scalar";
      readonly value: Json;
      /** The decoded text of a string scalar; unused for other scalars. */
      readonly text: string;
      /** Maps offsets in `text` to the file. */
      readonly place: Place;
    }
  | { readonly kind: "list"; readonly items: readonly TemplateNode[]; readonly at: SourceRef }
  | {
      readonly kind: "map";
      readonly entries: readonly {
        readonly key: string;
        readonly value: TemplateNode;
        /** Place of the key; when given, `${…}` in keys is an error there and not at the map. */
        readonly at?: SourceRef;
      }[];
      readonly at: SourceRef;
    };

export interface TemplateOptions {
  /** Prefix of the expressions' ids: `<id>`, `<id>#1`, … in document order. */
  readonly id: string;
  readonly roots: readonly Root[];
  /** As of an `ExpressionSource`. */
  readonly isSound?: boolean | undefined;
  readonly kept?: KeptExpressions | undefined;
}

export interface CompiledTemplate {
  readonly template?: Template;
  readonly diagnostics: readonly Diagnostic[];
  /** One per expression inside, in document order; none where the texts are known to be sound. */
  readonly analyses: readonly Analysis[];
}

/** A path that an expression reads. */
export interface PathRead {
  /** The root named; `context` for names without root (the input of a mapping, an item of a list). */
  readonly root: Root | "input" | "context";
  /** Names as they are; `[]` for a step over items or a predicate, `?` for what only data tells. */
  readonly segments: readonly string[];
  readonly at: SourceRef;
  /** Under `??`, `?:`, `$exists` or `$optional`: it may be absent. */
  readonly guarded: boolean;
  /** It is read only where a condition of the expression says so, or once per item. */
  readonly conditional: boolean;
}

/** A function called by name. */
export interface FunctionUse {
  /** Without the `$`. */
  readonly name: string;
  readonly at: SourceRef;
  /** Values of the constant arguments; `undefined` where an argument is computed. */
  readonly constants: readonly (Json | undefined)[];
  /** Where the constant arguments stand. */
  readonly constantsAt: readonly (SourceRef | undefined)[];
  /** What each argument reads, where it is a plain path. */
  readonly paths: readonly (PathRead | undefined)[];
}

/** A member whose name is a path of the input: `{ sku: quantity }`. */
export interface BareKey {
  readonly name: string;
  readonly at: SourceRef;
}

export type ComparisonOperator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "+"
  | "-"
  | "*"
  | "/"
  /** A term of an order-by. */
  | "^";

/** An operator whose operands must be of a sort that it can compare or compute with. */
export interface Comparison {
  readonly operator: ComparisonOperator;
  /** The operator. */
  readonly at: SourceRef;
  /** Absent where the operand is not a plain path. */
  readonly left?: PathRead;
  readonly right?: PathRead;
  readonly leftConstant?: Json;
  readonly rightConstant?: Json;
}

/**
 * `path.{…}` or `path.[…]`: an object made for each item of a path. One item gives one object and
 * none gives nothing, so a target that is a list needs `[path.{…}]`.
 */
export interface MappedObject {
  /** JSON pointer into the expression's result, `[]` for list items; `` for the whole. */
  readonly target: string;
  readonly source?: PathRead;
  /** True where `[…]` around it or `[]` after a step keeps the list. */
  readonly keepsList: boolean;
  readonly at: SourceRef;
}

/** What is known of a value without data: what it is made of. Where nothing is known, there is none. */
export type Shape =
  | {
      readonly kind: "constant";
      readonly value: Json;
      readonly at: SourceRef;
      /** As it is written, where that differs: `25.00`. */
      readonly text?: string;
    }
  | MadeObject
  /** `[…]`; an item of which nothing is known is undefined. */
  | {
      readonly kind: "list";
      readonly items: readonly (Shape | undefined)[];
      readonly at: SourceRef;
    }
  /** Each item of a list, or the only item alone. */
  | { readonly kind: "many"; readonly item: Shape }
  /** A branch of a condition each; branches of which nothing is known are left out. */
  | { readonly kind: "either"; readonly of: readonly Shape[] }
  | { readonly kind: "read"; readonly read: PathRead }
  /** What a function or an operator gives. */
  | {
      readonly kind: "type";
      readonly type: "string" | "number" | "boolean";
      readonly by: string;
      readonly at: SourceRef;
    };

/** One member of an object, and where its name stands. */
export interface MadeMember {
  readonly shape?: Shape | undefined;
  readonly at: SourceRef;
}

/** `{…}` */
export interface MadeObject {
  readonly kind: "object";
  readonly members: ReadonlyMap<string, MadeMember>;
  /** It may have members beyond these. */
  readonly isOpen: boolean;
  readonly at: SourceRef;
}

/** Which input paths feed one target field. */
export interface FieldOrigin {
  /** JSON pointer into the result, `[]` for list items: `/lines/[]/sku`; `` for the whole result. */
  readonly target: string;
  /** Paths into the input with dots: `lines.[].product.code`; `` for the input as a whole. */
  readonly sources: readonly string[];
}

/** What can be said of an expression without data. */
export interface Analysis {
  readonly reads: readonly PathRead[];
  readonly functions: readonly FunctionUse[];
  readonly comparisons: readonly Comparison[];
  /** Uses of `$code`. `list` and `value` are given when constant. */
  readonly codes: readonly {
    readonly list?: string;
    readonly value?: Json;
    readonly at: SourceRef;
  }[];
  /** Uses of `$xref` and `$canonical`. */
  readonly crosswalks: readonly {
    readonly function: "xref" | "canonical";
    readonly entity?: string;
    readonly system?: string;
    readonly at: SourceRef;
  }[];
  /** Uses of `$reference`. */
  readonly references: readonly { readonly table?: string; readonly at: SourceRef }[];
  readonly bareKeys: readonly BareKey[];
  readonly mappedObjects: readonly MappedObject[];
  readonly lineage: readonly FieldOrigin[];
  readonly shape?: Shape;
}

/** What was found of expressions without any finding: it follows from text, mode and roots alone. */
export type KeptExpressions = Kept<PackedExpression>;

/** An expression as JSON, wherever it stands. */
export interface PackedExpression {
  /** Why only the jsonata library can evaluate it. */
  readonly why?: string;
  readonly analysis: PackedAnalysis;
}

/** Within the expression. */
export type Span = readonly [offset: number, length: number];
export type PackedRead = readonly [
  PathRead["root"],
  PathRead["segments"],
  Span,
  guarded: 0 | 1,
  conditional: 0 | 1,
];
/** JSON has no word for what is not there. */
export type Maybe<Value> = readonly [] | readonly [Value];

/** An analysis as JSON; what its functions look something up in follows from them. */
export interface PackedAnalysis {
  readonly reads: readonly PackedRead[];
  readonly functions: readonly (readonly [
    name: string,
    Span,
    constants: readonly Maybe<Json>[],
    constantsAt: readonly Maybe<Span>[],
    paths: readonly Maybe<PackedRead>[],
  ])[];
  readonly comparisons: readonly (readonly [
    Analysis["comparisons"][number]["operator"],
    Span,
    left: Maybe<PackedRead>,
    right: Maybe<PackedRead>,
    leftConstant: Maybe<Json>,
    rightConstant: Maybe<Json>,
  ])[];
  readonly mappedObjects: readonly (readonly [
    target: string,
    Span,
    source: Maybe<PackedRead>,
    keepsList: boolean,
  ])[];
  readonly bareKeys: readonly (readonly [name: string, Span])[];
  readonly lineage: Analysis["lineage"];
  readonly shape: Maybe<PackedShape>;
}

type Type = Extract<Shape, { readonly kind: "type" }>["type"];
/** A shape as JSON. */
export type PackedShape =
  | readonly ["constant", Json, Span]
  | readonly [
      "object",
      members: readonly (readonly [name: string, Maybe<PackedShape>, Span])[],
      isOpen: boolean,
      Span,
    ]
  | readonly ["list", items: readonly Maybe<PackedShape>[], Span]
  | readonly ["many", PackedShape]
  | readonly ["either", readonly PackedShape[]]
  | readonly ["read", PackedRead]
  | readonly ["type", Type, by: string, Span];

/** One function of ours, for the reference page. */
export interface FunctionDoc {
  readonly name: string;
  readonly signature: string;
  readonly docs: string;
  /** An expression and its value: `$add('1.10', '2.20')` gives `'3.30'`. */
  readonly example: { readonly expression: string; readonly value: Json };
}
