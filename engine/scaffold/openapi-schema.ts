import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { objectAt } from "./vendor-api.ts";

const depthMax = 6;
const kept = [
  "type",
  "enum",
  "const",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "description",
];
/** What both mean alike; OpenAPI's further ones say how a number is stored. */
const formats = new Set(
  "date time date-time duration email hostname ipv4 ipv6 uri uri-reference uri-template uuid json-pointer regex binary".split(
    " ",
  ),
);

/** What a `$ref` of the document leads to. */
export function resolved(value: JsonObject, document: JsonObject): JsonObject {
  const ref = value["$ref"];
  if (typeof ref !== "string" || !ref.startsWith("#/")) return value;
  let at: Json | undefined = document;
  for (const part of ref.slice(2).split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) ? at[key] : undefined;
  }
  return isJsonObject(at) ? at : {};
}

/**
 * JSON Schema 2020-12 of what OpenAPI says: references written out, and what is its own left out, such
 * as its formats of numbers (`int64`) and patterns in another dialect.
 */
export function plainSchema(value: Json, document: JsonObject, depth = 0): JsonObject {
  if (!isJsonObject(value) || depth > depthMax) return {};
  const source = resolved(value, document);
  const inner = (part: Json): JsonObject => plainSchema(part, document, depth + 1);
  const schema = [
    plainly(source, inner),
    ...listAt(source, "allOf").map(inner),
    ...alternatives(source, inner),
  ].reduce(both);
  // Beside a reference it stands for the whole.
  const isNullable = [source, value].some(
    (one) => one["nullable"] === true || one["x-nullable"] === true,
  );
  return described(isNullable ? orNull(schema) : schema);
}

/** Documents require what they describe nowhere. */
function described(schema: JsonObject): JsonObject {
  const { properties, required, ...rest } = schema;
  if (!isJsonObject(properties) || required === undefined) return schema;
  const known = listAt(schema, "required").filter(
    (name) => typeof name === "string" && Object.hasOwn(properties, name),
  );
  return { ...rest, ...(known.length === 0 ? {} : { required: known }), properties };
}

function plainly(source: JsonObject, inner: (part: Json) => JsonObject): JsonObject {
  const schema: Record<string, Json> = {};
  for (const key of kept) if (source[key] !== undefined) schema[key] = source[key];
  const { format, pattern, required } = source;
  // Of a single property, some documents say `required: true`.
  if (Array.isArray(required)) schema["required"] = required as Json;
  if (typeof format === "string" && formats.has(format)) schema["format"] = format;
  if (typeof pattern === "string" && isPattern(pattern)) schema["pattern"] = pattern;
  const properties = Object.entries(objectAt(source, "properties"));
  if (properties.length > 0) {
    schema["type"] ??= "object";
    schema["properties"] = Object.fromEntries(
      properties.map(([name, property]) => [name, inner(property)]),
    );
  }
  if (source["items"] !== undefined) schema["items"] = inner(source["items"]);
  return schema;
}

/** Of alternatives, what all of them allow: their properties together, required where each wants it. */
function alternatives(
  source: JsonObject,
  inner: (part: Json) => JsonObject,
): readonly JsonObject[] {
  const all = [...listAt(source, "oneOf"), ...listAt(source, "anyOf")].map(inner);
  const real = all.filter(({ type }) => type !== "null");
  const [first] = real;
  if (first === undefined) return [];
  const either = real.slice(1).reduce(eitherOf, first);
  return [real.length < all.length ? orNull(either) : either];
}

function eitherOf(a: JsonObject, b: JsonObject): JsonObject {
  const types = new Set([...typesOf(a), ...typesOf(b)]);
  const isOpen = typesOf(a).length === 0 || typesOf(b).length === 0;
  const [required, others] = [listAt(a, "required"), listAt(b, "required")];
  const mine = objectAt(a, "properties");
  const properties = { ...mine };
  for (const [name, property] of Object.entries(objectAt(b, "properties"))) {
    const there = mine[name];
    properties[name] =
      isJsonObject(there) && isJsonObject(property) ? eitherOf(there, property) : property;
  }
  const shared = required.filter((name) => others.includes(name));
  return {
    ...(isOpen || types.size === 0
      ? {}
      : { type: types.size === 1 ? ([...types][0] ?? "") : [...types] }),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(shared.length === 0 ? {} : { required: shared }),
  };
}

/** Both hold: `allOf`, and what stands beside it. */
function both(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...new Set([...listAt(a, "required"), ...listAt(b, "required")])];
  const properties = { ...objectAt(a, "properties"), ...objectAt(b, "properties") };
  return {
    ...a,
    ...b,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function orNull(schema: JsonObject): JsonObject {
  const types = typesOf(schema);
  if (types.length === 0 || types.includes("null")) return schema;
  const values = schema["enum"];
  return {
    ...schema,
    type: [...types, "null"],
    ...(Array.isArray(values)
      ? { enum: [...new Set([...(values as readonly Json[]), null])] }
      : {}),
  };
}

export const typesOf = (schema: Json | undefined): readonly string[] => {
  const type = isJsonObject(schema) ? schema["type"] : undefined;
  const types = Array.isArray(type) ? (type as readonly Json[]) : [type];
  return types.filter((one) => typeof one === "string");
};

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u").source !== "";
  } catch {
    return false;
  }
}

export function listAt(value: JsonObject, key: string): readonly Json[] {
  const inner = value[key];
  return Array.isArray(inner) ? (inner as readonly Json[]) : [];
}
