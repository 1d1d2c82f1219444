import type { FieldOrigin, PathRead, Shape } from "../contract.ts";
import type { Ast, LambdaAst } from "../syntax/ast.ts";

/** A place in the data that a path names. `context` is an item whose origin cannot be told. */
export interface Subject {
  readonly root: PathRead["root"];
  readonly segments: readonly string[];
}

/** What is known of a value without data. */
export interface Flow {
  /** Where it stands, when it is a plain path. */
  readonly path?: Subject | undefined;
  /** The read that it is, when it is a plain path written here. */
  readonly read?: PathRead | undefined;
  /** Which paths feed which of its parts. */
  readonly fields: readonly FieldOrigin[];
  /** What it is made of. */
  readonly shape?: Shape | undefined;
  /** True when `fields` already speak of list items: the value comes of a path over a list. */
  readonly isMany?: boolean;
  /** The function that it is, to be followed where it is called. */
  readonly lambda?: { readonly ast: LambdaAst; readonly env: Env } | undefined;
}

/** What an expression sees where it stands. */
export interface Env {
  /** Undefined where there is no context: at the top of a strict expression. */
  readonly context: Subject | undefined;
  readonly variables: Variables;
  readonly guarded: boolean;
  /** Behind a condition of the expression, or once per item. */
  readonly conditional: boolean;
  /** Pointer of the value in the result; undefined where it does not end up there as it is. */
  readonly target: string | undefined;
  /** Directly within `[…]`, so that a list stays a list. */
  readonly inList: boolean;
  /** How deep functions of the expression were followed. */
  readonly followed: number;
}

/** Variables by name, over those of outer blocks and functions: these are shared, and not copied. */
export class Variables {
  readonly #own: ReadonlyMap<string, Flow>;
  readonly #outer: Variables | undefined;

  constructor(own: Iterable<readonly [string, Flow]>, outer?: Variables) {
    this.#own = new Map(own);
    this.#outer = outer;
  }

  get(name: string): Flow | undefined {
    return this.#own.get(name) ?? this.#outer?.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Inner ones first; a name that is bound twice comes twice. */
  *keys(): Iterable<string> {
    yield* this.#own.keys();
    if (this.#outer !== undefined) yield* this.#outer.keys();
  }
}

/** Follows a node; handed to the files that treat one sort of node each. */
export type Visit = (ast: Ast, env: Env) => Flow;

export const noFlow: Flow = { fields: [] };
/** An item of something computed. */
const unknownItem: Subject = { root: "context", segments: ["?"] };

/** Environment of a part that is not the value itself. */
export function aside(env: Env): Env {
  return { ...env, target: undefined, inList: false };
}

/** Environment of what is evaluated once per item. */
export function perItemOf(env: Env, context: Subject | undefined): Env {
  return {
    ...env,
    context: context ?? unknownItem,
    guarded: false,
    conditional: true,
    inList: false,
  };
}

/** Environment of what is evaluated only where a condition says so. */
export function behindCondition(env: Env): Env {
  return { ...env, conditional: true };
}

/** With further variables. */
export function bindAll(env: Env, entries: Iterable<readonly [string, Flow]>): Env {
  const variables = new Variables(entries, env.variables);
  return { ...env, variables };
}

/** One level down. */
export function below(subject: Subject | undefined, ...segments: string[]): Subject | undefined {
  return subject && { ...subject, segments: [...subject.segments, ...segments] };
}

/** The items of a path. */
export function itemsOf(subject: Subject | undefined): Subject | undefined {
  return subject?.segments.at(-1) === "[]" ? subject : below(subject, "[]");
}

/** The paths that feed a value, wherever in it. */
export function sourcesOf(...flows: readonly Flow[]): readonly string[] {
  return [...new Set(flows.flatMap((flow) => flow.fields.flatMap((field) => field.sources)))];
}

/** A value without known parts. */
export function leaf(sources: readonly string[]): Flow {
  return { fields: sources.length === 0 ? [] : [{ target: "", sources }] };
}

/** The parts of several values as one, each fed by `extra` as well. */
export function union(flows: readonly Flow[], extra: readonly string[] = []): Flow {
  const byTarget = new Map<string, Set<string>>();
  const isMany = flows.some((flow) => flow.isMany === true);
  const parts = flows.flatMap((flow) =>
    isMany && flow.isMany !== true ? under("/[]", flow) : flow.fields,
  );
  for (const { target, sources } of parts) {
    const known = byTarget.get(target) ?? new Set();
    for (const source of [...sources, ...extra]) known.add(source);
    byTarget.set(target, known);
  }
  if (byTarget.size === 0) return leaf(extra);
  const fields = [...byTarget].map(([target, sources]) => ({ target, sources: [...sources] }));
  return isMany ? { fields, isMany } : { fields };
}

/** The parts of a value that stands under `prefix` of another. */
export function under(prefix: string, flow: Flow): readonly FieldOrigin[] {
  return flow.fields.map(({ target, sources }) => ({ target: `${prefix}${target}`, sources }));
}

/** A key as a part of a JSON pointer. */
export function pointerPart(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** A path as `FieldOrigin.sources` has it. */
export function sourceText(subject: Subject): string | undefined {
  if (subject.root === "context") return undefined;
  const text = subject.segments.join(".");
  if (subject.root === "input") return text;
  return text === "" ? `$${subject.root}` : `$${subject.root}.${text}`;
}

/** The constant that a node is. */
export function constantOf(ast: Ast): string | number | boolean | null | undefined {
  const isLiteral = ast.type === "string" || ast.type === "number" || ast.type === "value";
  return isLiteral && ast.predicate === undefined ? ast.value : undefined;
}
