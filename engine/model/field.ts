import type { SourceRef } from "../errors/diagnostic.ts";
import type { Expression, Root, Template } from "./expression.ts";

/**
 * The field kit: one description of a YAML key gives its check, its compiled type, its entry in the
 * language reference and its JSON Schema for editors. A `Field<T>` is plain data; `spec/` walks YAML
 * with it and yields a `T`.
 */
export interface Field<T, Optional extends boolean = boolean> {
  readonly shape: Shape;
  /** One or two sentences for the reference page and for hover texts. */
  readonly docs: string;
  readonly optional: Optional;
  /** Only in the type: what the compiled plan holds. */
  readonly compiled?: T;
}

/** What a name must resolve to. */
export type ReferenceKind =
  | "team"
  | "role"
  | "flow"
  | "system"
  | "adapter"
  | "operation"
  | "mapping"
  | "schema"
  | "codes"
  | "event"
  | "webhook"
  | "poll"
  | "policy"
  | "step"
  | "lookup"
  | "template"
  | "secret";

export type Shape =
  /** A plain YAML string; numbers are taken as their text where `pattern` allows. */
  | { readonly type: "text"; readonly pattern?: RegExp; readonly expected?: string }
  | { readonly type: "choice"; readonly values: readonly string[] }
  | { readonly type: "boolean" }
  | {
      readonly type: "number";
      readonly minimum?: number;
      readonly maximum?: number;
      readonly integer: boolean;
    }
  /** `500ms 30s 10m 2h 5d 2w 10y` (d = 24 h, y = 365 d); compiled to milliseconds. */
  /** `positive`: a span that cannot be empty, such as the time between two polls. */
  | { readonly type: "duration"; readonly positive?: boolean }
  /** Bare JSONata, quoted in YAML. `roots`: what may be named here beyond the flow's usual ones. */
  | { readonly type: "expression"; readonly roots?: readonly Root[] }
  /** Any YAML value with `${…}` inside. */
  /** `single`: one value, and no list or map. */
  | { readonly type: "template"; readonly roots?: readonly Root[]; readonly single?: true }
  | { readonly type: "reference"; readonly to: ReferenceKind }
  /** A list of steps. `roots`: what their expressions may name beyond the usual ones. */
  | { readonly type: "steps"; readonly roots?: readonly Root[] }
  /** One step. */
  | { readonly type: "step" }
  | { readonly type: "object"; readonly fields: Fields }
  /** A map with free keys. */
  | {
      readonly type: "record";
      readonly values: Field<unknown>;
      readonly key?: RegExp;
      readonly expected?: string;
    }
  | { readonly type: "list"; readonly items: Field<unknown>; readonly minimum?: number }
  /** One value, or a list of them; compiled to a list. */
  | { readonly type: "one-or-many"; readonly items: Field<unknown> }
  /** An object in which exactly one of these keys says the kind; compiled to `{kind, …}`. */
  | {
      readonly type: "variant";
      readonly kinds: Readonly<Record<string, Variant>>;
      readonly shared: Fields;
    }
  /** Told apart by YAML kind: scalar, map or list. */
  | { readonly type: "either"; readonly options: readonly Field<unknown>[] }
  /** Kept as plain JSON, unchecked here. */
  | { readonly type: "json" };

/** One kind of a variant: the value of its key, and the keys that may stand beside it. */
export interface Variant {
  readonly docs: string;
  readonly value: Field<unknown>;
  readonly fields: Fields;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
/** Nothing may stand beside the key. */
type NoFields = Readonly<Record<never, Field<unknown>>>;

/** `on-error` in YAML, `onError` in the plan. */
export type Camel<S extends string> = S extends `${infer A}-${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S;
export type Compiled<F> = F extends Field<infer T> ? T : never;
type RequiredKeys<Fs extends Fields> = {
  [K in keyof Fs]: Fs[K] extends Field<unknown, false> ? K : never;
}[keyof Fs];
/** The compiled form of an object: camel-case keys, optional ones absent when not given. */
export type CompiledFields<Fs extends Fields> = {
  readonly [K in RequiredKeys<Fs> & string as Camel<K>]: Compiled<Fs[K]>;
} & {
  readonly [K in Exclude<keyof Fs, RequiredKeys<Fs>> & string as Camel<K>]?: Compiled<Fs[K]>;
} & { readonly at: SourceRef };

type CompiledVariant<Ks extends Readonly<Record<string, Variant>>, Shared extends Fields> = {
  [K in keyof Ks & string]: {
    readonly kind: K;
    readonly value: Compiled<Ks[K]["value"]>;
  } & CompiledFields<Ks[K]["fields"]> &
    CompiledFields<Shared>;
}[keyof Ks & string];

function field<T>(shape: Shape, docs: string): Field<T, false> {
  return { shape, docs, optional: false };
}

/** Marks a field as one that may be left out. */
export function optional<T>(inner: Field<T>): Field<T, true> {
  return { ...inner, optional: true };
}

export const text = (docs: string, pattern?: RegExp, expected?: string): Field<string, false> =>
  field(
    {
      type: "text",
      ...(pattern ? { pattern } : {}),
      ...(expected === undefined ? {} : { expected }),
    },
    docs,
  );
export const choice = <const V extends string>(
  values: readonly V[],
  docs: string,
): Field<V, false> => field({ type: "choice", values }, docs);
export const boolean = (docs: string): Field<boolean, false> => field({ type: "boolean" }, docs);
export const integer = (docs: string, minimum?: number, maximum?: number): Field<number, false> =>
  field({ type: "number", integer: true, ...range(minimum, maximum) }, docs);
const range = (minimum?: number, maximum?: number) => ({
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});
export const number = (docs: string, minimum?: number, maximum?: number): Field<number, false> =>
  field({ type: "number", integer: false, ...range(minimum, maximum) }, docs);
export const duration = (docs: string): Field<number, false> => field({ type: "duration" }, docs);
/** A duration that is longer than nothing. */
export const span = (docs: string): Field<number, false> =>
  field({ type: "duration", positive: true }, docs);
export const expression = (docs: string, roots?: readonly Root[]): Field<Expression, false> =>
  field({ type: "expression", ...(roots ? { roots } : {}) }, docs);
export const template = (docs: string, roots?: readonly Root[]): Field<Template, false> =>
  field({ type: "template", ...(roots ? { roots } : {}) }, docs);
/** A template of one value, as a header has it. */
export const singleTemplate = (docs: string, roots?: readonly Root[]): Field<Template, false> =>
  field({ type: "template", single: true, ...(roots ? { roots } : {}) }, docs);
export const reference = (to: ReferenceKind, docs: string): Field<string, false> =>
  field({ type: "reference", to }, docs);
export const json = (docs: string): Field<unknown, false> => field({ type: "json" }, docs);
export const object = <const Fs extends Fields>(
  fields: Fs,
  docs: string,
): Field<CompiledFields<Fs>, false> => field({ type: "object", fields }, docs);
export const record = <T>(
  values: Field<T>,
  docs: string,
  key?: RegExp,
  expected?: string,
): Field<Readonly<Record<string, T>>, false> =>
  field(
    {
      type: "record",
      values,
      ...(key ? { key } : {}),
      ...(expected === undefined ? {} : { expected }),
    },
    docs,
  );
export const list = <T>(
  items: Field<T>,
  docs: string,
  minimum?: number,
): Field<readonly T[], false> =>
  field({ type: "list", items, ...(minimum === undefined ? {} : { minimum }) }, docs);
export const oneOrMany = <T>(items: Field<T>, docs: string): Field<readonly T[], false> =>
  field({ type: "one-or-many", items }, docs);
export const variant = <
  const Ks extends Readonly<Record<string, Variant>>,
  const Shared extends Fields = NoFields,
>(
  kinds: Ks,
  docs: string,
  shared?: Shared,
): Field<CompiledVariant<Ks, Shared>, false> =>
  field({ type: "variant", kinds, shared: shared ?? {} }, docs);
/** One kind of a `variant`. */
export const kind = <T, const Fs extends Fields = NoFields>(
  docs: string,
  value: Field<T>,
  fields?: Fs,
): { readonly docs: string; readonly value: Field<T>; readonly fields: Fs } => ({
  docs,
  value,
  // An absent argument means that nothing may stand beside the key.
  fields: fields ?? ({} as Fs),
});
export const either = <const Os extends readonly Field<unknown>[]>(
  options: Os,
  docs: string,
): Field<Compiled<Os[number]>, false> => field({ type: "either", options }, docs);
