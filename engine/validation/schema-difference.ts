import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { resolveRef } from "./reference.ts";

/** Who is hurt by a change: who gives such values, or who takes them. */
export type Hurt = "writers" | "readers";

/** One change of a schema. */
export interface SchemaChange {
  /** JSON Pointer into the values (`/lines/[]/sku`), as mappings speak of them: `lines.[].sku`. */
  readonly path: readonly string[];
  /** JSON Pointer into the schema's document, where the new one has it, else where the old one had. */
  readonly pointer: string;
  readonly what: string;
  /** Whom it breaks; nobody for a compatible change. */
  readonly breaks: readonly Hurt[];
}

interface Side {
  readonly schema: Json;
  readonly name: string;
  readonly all: ReadonlyMap<string, Json>;
  /** Where in the document it stands, once a `$ref` within it was followed. */
  readonly pointer?: string | undefined;
}

interface Place {
  readonly path: readonly string[];
  readonly pointer: string;
  readonly depth: number;
}

const depthMax = 24;

/**
 * What changed from one schema to another, value by value. What a value may be became less: whoever
 * writes such values may be refused. It became more, or may be missing: whoever reads it may meet what
 * it does not know.
 */
export function schemaDifference(
  name: string,
  before: ReadonlyMap<string, Json>,
  after: ReadonlyMap<string, Json>,
): readonly SchemaChange[] {
  const [old, now] = [before.get(name), after.get(name)];
  if (old === undefined || now === undefined) return [];
  const place = { path: [], pointer: "", depth: 0 };
  return compare({ schema: old, name, all: before }, { schema: now, name, all: after }, place);
}

function compare(old: Side, now: Side, given: Place): readonly SchemaChange[] {
  if (given.depth > depthMax) return [];
  const [a, b] = [follow({ ...old, pointer: undefined }), follow({ ...now, pointer: undefined })];
  // What another document says is told of that document.
  if (a.name !== old.name && a.name === b.name) return [];
  const { pointer = given.pointer } = b;
  const place = { ...given, pointer };
  if (!isJsonObject(a.schema) || !isJsonObject(b.schema)) {
    return a.schema === b.schema
      ? []
      : [change(place, "what it may be changed", ["writers", "readers"])];
  }
  return [
    ...compareTypes(a.schema, b.schema, place),
    ...compareValues(a.schema, b.schema, place),
    ...compareBounds(a.schema, b.schema, place),
    ...compareProperties({ ...a, schema: a.schema }, { ...b, schema: b.schema }, place),
    ...compareItems({ ...a, schema: a.schema }, { ...b, schema: b.schema }, place),
    ...compareCombined(a.schema, b.schema, place),
  ];
}

function change(place: Place, what: string, breaks: readonly Hurt[], key = ""): SchemaChange {
  return { path: place.path, pointer: `${place.pointer}${key}`, what, breaks };
}

/** Through `$ref`s, a bounded number of times. */
function follow(side: Side): Side {
  let at = side;
  for (let step = 0; step < depthMax; step += 1) {
    const ref = isJsonObject(at.schema) ? at.schema["$ref"] : undefined;
    if (typeof ref !== "string") return at;
    const target = resolveRef(ref, at.name, at.all);
    const whole = target === undefined ? undefined : at.all.get(target.name);
    if (target === undefined || whole === undefined) return at;
    const part = fragmentOf(whole, target.fragment);
    if (part === undefined) return at;
    at = { ...at, schema: part, name: target.name, pointer: target.fragment };
  }
  return at;
}

function fragmentOf(schema: Json, fragment: string): Json | undefined {
  if (fragment === "") return schema;
  let at: Json | undefined = schema;
  for (const raw of fragment.split("/").slice(1)) {
    const key = decodeURIComponent(raw).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) ? at[key] : undefined;
  }
  return at;
}

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];

function typesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  const types = listOf(schema["type"]).filter((one) => typeof one === "string");
  if (types.length === 0) return undefined;
  // A whole number is a number, too.
  return new Set(types.includes("number") ? [...types, "integer"] : types);
}

function compareTypes(a: JsonObject, b: JsonObject, place: Place): readonly SchemaChange[] {
  const [old, now] = [typesOf(a), typesOf(b)];
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [change(place, `must be ${words(now)} now`, ["writers"], "/type")];
  if (now === undefined) return [change(place, `may be of any type now`, ["readers"], "/type")];
  const [less, more] = [missingFrom(old, now), missingFrom(now, old)];
  return [
    ...(less.length === 0
      ? []
      : [change(place, `may not be ${less.join(" or ")} any more`, ["writers"], "/type")]),
    ...(more.length === 0
      ? []
      : [change(place, `may be ${more.join(" or ")} now`, ["readers"], "/type")]),
  ];
}

const missingFrom = (of: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] =>
  [...of].filter((one) => !other.has(one));

const words = (types: ReadonlySet<string> | undefined): string => [...(types ?? [])].join(" or ");

/** `enum` and `const`, as sets. */
function valuesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  if (schema["const"] !== undefined) return new Set([JSON.stringify(schema["const"])]);
  const values = schema["enum"];
  if (!Array.isArray(values)) return undefined;
  return new Set((values as readonly Json[]).map((value) => JSON.stringify(value)));
}

function compareValues(a: JsonObject, b: JsonObject, place: Place): readonly SchemaChange[] {
  const [old, now] = [valuesOf(a), valuesOf(b)];
  if (old === undefined && now === undefined) return [];
  const key = b["const"] === undefined ? "/enum" : "/const";
  if (old === undefined)
    return [change(place, `must be one of ${words(now)} now`, ["writers"], key)];
  if (now === undefined) return [change(place, "may have any value now", ["readers"])];
  const [less, more] = [missingFrom(old, now), missingFrom(now, old)];
  return [
    ...(less.length === 0
      ? []
      : [change(place, `may not be ${less.join(" or ")} any more`, ["writers"], key)]),
    ...(more.length === 0
      ? []
      : [change(place, `may be ${more.join(" or ")} now`, ["readers"], key)]),
  ];
}

/** Keywords whose number says how much is allowed: true where a greater one allows more. */
const bounds: Readonly<Record<string, boolean>> = {
  maxLength: true,
  maximum: true,
  exclusiveMaximum: true,
  maxItems: true,
  maxProperties: true,
  minLength: false,
  minimum: false,
  exclusiveMinimum: false,
  minItems: false,
  minProperties: false,
};
/** Keywords of which nobody can say which of two allows more. */
const shapes = ["pattern", "format", "multipleOf", "uniqueItems", "contentEncoding"];

function compareBounds(a: JsonObject, b: JsonObject, place: Place): readonly SchemaChange[] {
  const changes: SchemaChange[] = [];
  for (const [key, greaterAllowsMore] of Object.entries(bounds)) {
    const [old, now] = [a[key], b[key]];
    if (old === now) continue;
    const isNarrower =
      old === undefined ||
      (typeof old === "number" && typeof now === "number" && now > old !== greaterAllowsMore);
    const hurt: Hurt = now !== undefined && isNarrower ? "writers" : "readers";
    changes.push(change(place, `${key} was ${shown(old)} and is ${shown(now)}`, [hurt], `/${key}`));
  }
  for (const key of shapes) {
    const [old, now] = [a[key], b[key]];
    if (old === now) continue;
    const breaks: readonly Hurt[] =
      old === undefined ? ["writers"] : now === undefined ? ["readers"] : ["writers", "readers"];
    changes.push(change(place, `${key} was ${shown(old)} and is ${shown(now)}`, breaks, `/${key}`));
  }
  return changes;
}

const shown = (value: Json | undefined): string =>
  value === undefined ? "none" : JSON.stringify(value);

interface ObjectSide extends Side {
  readonly schema: JsonObject;
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const isClosed = ({ schema }: ObjectSide): boolean =>
  schema["additionalProperties"] === false || schema["unevaluatedProperties"] === false;

function compareProperties(a: ObjectSide, b: ObjectSide, place: Place): readonly SchemaChange[] {
  const [old, now] = [objectOf(a.schema["properties"]), objectOf(b.schema["properties"])];
  const [mustOld, mustNow] = [a, b].map(
    ({ schema }) => new Set(listOf(schema["required"]).map(String)),
  );
  const changes: SchemaChange[] = [];
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const inner = below(place, name, `/properties/${escape(name)}`);
    const required = mustNow?.has(name) === true;
    const was = mustOld?.has(name) === true;
    const [first, second] = [old[name], now[name]];
    if (second === undefined) {
      // Where the schema is open, it may still be given; nobody says what it is.
      const breaks: readonly Hurt[] = isClosed(b) ? ["writers", "readers"] : ["readers"];
      changes.push(change({ ...inner, pointer: place.pointer }, "is gone", breaks));
    } else if (first === undefined) {
      changes.push(
        change(inner, required ? "is new and required" : "is new", required ? ["writers"] : []),
      );
    } else {
      if (required && !was) changes.push(change(inner, "is required now", ["writers"]));
      if (was && !required) changes.push(change(inner, "may be missing now", ["readers"]));
      changes.push(...compare({ ...a, schema: first }, { ...b, schema: second }, inner));
    }
  }
  if (!isClosed(a) && isClosed(b)) {
    changes.push(
      change(place, "takes no further properties now", ["writers"], "/additionalProperties"),
    );
  }
  if (isClosed(a) && !isClosed(b)) changes.push(change(place, "takes further properties now", []));
  return changes;
}

function compareItems(a: ObjectSide, b: ObjectSide, place: Place): readonly SchemaChange[] {
  const [old, now] = [a.schema["items"], b.schema["items"]];
  if (old === undefined && now === undefined) return [];
  const inner = below(place, "[]", "/items");
  if (old === undefined) return [change(inner, "items are told of now", ["writers"])];
  if (now === undefined) return [change(place, "items may be anything now", ["readers"])];
  return compare({ ...a, schema: old }, { ...b, schema: now }, inner);
}

/** Alternatives and conditions: that they changed is told, and what it means is for a person. */
function compareCombined(a: JsonObject, b: JsonObject, place: Place): readonly SchemaChange[] {
  return [
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "prefixItems",
    "patternProperties",
  ].flatMap((key) =>
    JSON.stringify(a[key]) === JSON.stringify(b[key])
      ? []
      : [
          change(
            place,
            `${key} changed`,
            ["writers", "readers"],
            b[key] === undefined ? "" : `/${key}`,
          ),
        ],
  );
}

const below = (place: Place, name: string, key: string): Place => ({
  path: [...place.path, name],
  pointer: `${place.pointer}${key}`,
  depth: place.depth + 1,
});

const escape = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
