import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { pointerGet } from "./pointer.ts";
import { resolveRef } from "./reference.ts";

/** One schema object that has a say about a value. */
interface Facet {
  readonly schema: JsonObject;
  /** The file it stands in: `$ref`s are relative to it. */
  readonly name: string;
  /** False where only one of several alternatives holds (`anyOf`, `oneOf`, `then`, `else`). */
  readonly certain: boolean;
}

/** What stands at a path of a schema's values. */
export interface PathView {
  readonly view: SchemaView;
  /** False when some value of the schema lacks the path, or has `null` on the way. */
  readonly always: boolean;
}

/** Where a path left the schema. */
export interface PathMiss {
  /** Index of the segment that the schema does not have. */
  readonly index: number;
  /** What it has there. */
  readonly candidates: readonly string[];
  /** Set where a value stands that has no members: its type. */
  readonly scalar?: string;
}

/** Of the same schemas: many rules ask for the same ones, and for the same parts of them. */
const views = new WeakMap<ReadonlyMap<string, Json>, Map<string, SchemaView | undefined>>();

/** A schema as rules see it: through `$ref`, `allOf` and alternatives, never throwing. */
export class SchemaView {
  readonly #facets: readonly Facet[];
  readonly #schemas: ReadonlyMap<string, Json>;
  readonly #byName = new Map<string, SchemaView | undefined>();
  #types: ReadonlySet<string> | undefined;
  #properties: readonly string[] | undefined;
  #items: { readonly view: SchemaView | undefined } | undefined;

  private constructor(facets: readonly Facet[], schemas: ReadonlyMap<string, Json>) {
    this.#facets = facets;
    this.#schemas = schemas;
  }

  /** Of schemas that stay as they are. */
  static of(name: string, schemas: ReadonlyMap<string, Json>): SchemaView | undefined {
    const known = views.get(schemas) ?? new Map<string, SchemaView | undefined>();
    views.set(schemas, known);
    return remembered(known, name, () => {
      const schema = schemas.get(name);
      if (schema === undefined) return undefined;
      return new SchemaView(expand({ schema, name, certain: true }, schemas, new Set()), schemas);
    });
  }

  /** JSON types the value may have; empty when the schema does not say. */
  get types(): ReadonlySet<string> {
    return (this.#types ??= this.#allTypes());
  }

  #allTypes(): ReadonlySet<string> {
    const types = new Set<string>();
    for (const { schema } of this.#facets) {
      const { type } = schema;
      const given = Array.isArray(type) ? (type as readonly Json[]) : [type];
      for (const one of given) if (typeof one === "string") types.add(one);
      if (type === undefined && isJsonObject(schema["properties"])) types.add("object");
      if (type === undefined && schema["items"] !== undefined) types.add("array");
      if (type === undefined) for (const value of valuesOf(schema) ?? []) types.add(typeOf(value));
    }
    return types;
  }

  get format(): string | undefined {
    const format = this.annotation("format");
    return typeof format === "string" ? format : undefined;
  }

  /** True when every value is an array. */
  get isArray(): boolean {
    return this.types.size === 1 && this.types.has("array");
  }

  get isNullable(): boolean {
    return this.types.has("null");
  }

  /** Names of the properties the schema describes. */
  get properties(): readonly string[] {
    return (this.#properties ??= [
      ...new Set(
        this.#facets.flatMap(({ schema }) =>
          isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [],
        ),
      ),
    ]);
  }

  /** True when properties beyond the described ones are meant: nothing described, or said so. */
  get isOpen(): boolean {
    if (this.#facets.length === 0) return true;
    return (
      this.properties.length === 0 ||
      this.#facets.some(
        ({ schema }) =>
          schema["additionalProperties"] === true ||
          isJsonObject(schema["additionalProperties"]) ||
          isJsonObject(schema["patternProperties"]),
      )
    );
  }

  /** Its type where no value of it has members, for certain. */
  get scalar(): string | undefined {
    const certain = this.#facets.filter((facet) => facet.certain);
    const types = new SchemaView(certain, this.#schemas).types;
    if (types.has("object") || types.has("array")) return undefined;
    return [...types].find((type) => type !== "null");
  }

  /** The value of a keyword or annotation (`x-pii`), the first that is found. */
  annotation(keyword: string): Json | undefined {
    return this.#facets.find(({ schema }) => schema[keyword] !== undefined)?.schema[keyword];
  }

  /** The only values it may have, by `enum` or `const`; absent where nothing says so for certain. */
  get allowed(): readonly Json[] | undefined {
    for (const { schema, certain } of this.#facets) {
      const values = certain ? valuesOf(schema) : undefined;
      if (values !== undefined) return values;
    }
    return undefined;
  }

  /** The value of a keyword that holds for every value, not of one alternative alone. */
  certainly(keyword: string): Json | undefined {
    const facet = this.#facets.find(
      ({ schema, certain }) => certain && schema[keyword] !== undefined,
    );
    return facet?.schema[keyword];
  }

  requires(property: string): boolean {
    return this.#facets.some(
      ({ schema, certain }) =>
        certain &&
        Array.isArray(schema["required"]) &&
        (schema["required"] as readonly Json[]).includes(property),
    );
  }

  property(name: string): SchemaView | undefined {
    return remembered(this.#byName, name, () => this.#property(name));
  }

  #property(name: string): SchemaView | undefined {
    const own = this.#through((schema) => {
      const { properties } = schema;
      return isJsonObject(properties) && Object.hasOwn(properties, name)
        ? properties[name]
        : undefined;
    });
    if (own !== undefined) return own;
    return this.#through((schema) => {
      const rest = schema["additionalProperties"];
      return isJsonObject(rest) ? rest : undefined;
    });
  }

  get items(): SchemaView | undefined {
    this.#items ??= { view: this.#through((schema) => schema["items"]) };
    return this.#items.view;
  }

  /**
   * Follows a path as JSONata does: a name met on an array is asked of its items. `[]` stands for a
   * step over items; from `?` on, and where the schema is open, nothing can be said: `undefined`.
   */
  follow(segments: readonly string[]): PathView | PathMiss | undefined {
    return this.#follow(segments, 0, true);
  }

  /**
   * Segments of a path that was written with dots, where names may hold dots themselves
   * (`@odata.etag`): as the schema has them, or else split at every dot.
   */
  spell(path: string): readonly string[] {
    const pieces = path.split(".");
    return this.#spell(pieces) ?? pieces;
  }

  #spell(pieces: readonly string[]): readonly string[] | undefined {
    if (pieces.length === 0) return [];
    // The shortest name first: a dot in a name is the exception.
    for (let length = 1; length <= pieces.length; length += 1) {
      const name = pieces.slice(0, length).join(".");
      const found = this.follow([name]);
      if (found !== undefined && !("view" in found)) continue;
      const rest = pieces.slice(length);
      const spelled = found === undefined ? rest : found.view.#spell(rest);
      if (spelled !== undefined) return [name, ...spelled];
    }
    return undefined;
  }

  #follow(
    segments: readonly string[],
    index: number,
    always: boolean,
  ): PathView | PathMiss | undefined {
    const segment = segments[index];
    if (segment === undefined) return { view: this, always };
    if (segment === "?") return undefined;
    // A predicate may find nothing; on a value that is no array it is a filter of one.
    if (segment === "[]") {
      // Of a list whose items are not described nothing can be said.
      if (this.items === undefined && this.types.has("array")) return undefined;
      const item = this.items ?? this;
      return item.#follow(segments, index + 1, false);
    }
    const throughItems = this.isArray || this.properties.length === 0 ? this.items : undefined;
    const holder = throughItems ?? this;
    const next = holder.property(segment);
    if (next === undefined) {
      const { scalar } = holder;
      if (scalar !== undefined) return { index, candidates: [], scalar };
      return holder.isOpen ? undefined : { index, candidates: holder.properties };
    }
    const stays = holder.requires(segment) && !holder.isNullable;
    return next.#follow(segments, index + 1, always && stays);
  }

  #through(pick: (schema: JsonObject) => Json | undefined): SchemaView | undefined {
    const facets = this.#facets.flatMap((facet) => {
      const schema = pick(facet.schema);
      if (schema === undefined || typeof schema === "boolean") return [];
      return expand({ ...facet, schema }, this.#schemas, new Set());
    });
    return facets.length === 0 ? undefined : new SchemaView(facets, this.#schemas);
  }
}

/** What was made for the name before, or else is made now. */
function remembered<Value>(
  known: Map<string, Value | undefined>,
  name: string,
  make: () => Value | undefined,
): Value | undefined {
  const before = known.get(name);
  if (before !== undefined || known.has(name)) return before;
  const made = make();
  known.set(name, made);
  return made;
}

/** True for a path that the schema does not have. */
export function isMiss(found: PathView | PathMiss | undefined): found is PathMiss {
  return found !== undefined && "candidates" in found;
}

function expand(
  from: { readonly schema: Json; readonly name: string; readonly certain: boolean },
  schemas: ReadonlyMap<string, Json>,
  seen: Set<Json>,
): readonly Facet[] {
  const { schema, name, certain } = from;
  if (!isJsonObject(schema) || seen.has(schema)) return [];
  seen.add(schema);
  const facets: Facet[] = [{ schema, name, certain }];
  const add = (inner: Json | undefined, alike: boolean, home = name) => {
    if (inner === undefined) return;
    facets.push(...expand({ schema: inner, name: home, certain: certain && alike }, schemas, seen));
  };
  const { $ref } = schema;
  if (typeof $ref === "string") {
    const target = resolveRef($ref, name, schemas);
    const root = target === undefined ? undefined : schemas.get(target.name);
    if (target !== undefined && root !== undefined) {
      add(pointerGet(root, target.fragment), true, target.name);
    }
  }
  for (const one of listOf(schema["allOf"])) add(one, true);
  for (const keyword of ["anyOf", "oneOf"])
    for (const one of listOf(schema[keyword])) add(one, false);
  for (const keyword of ["then", "else"]) add(schema[keyword], false);
  return facets;
}

/** The only values that a schema allows by itself. */
function valuesOf(schema: JsonObject): readonly Json[] | undefined {
  if (Array.isArray(schema["enum"])) return schema["enum"] as readonly Json[];
  return schema["const"] === undefined ? undefined : [schema["const"]];
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
