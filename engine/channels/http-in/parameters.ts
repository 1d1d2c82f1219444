import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SchemaBreach } from "../../model/plan/generation.ts";
import { Refusal } from "./problem.ts";

export type CheckParameter = (schema: Json, value: Json) => readonly SchemaBreach[];

/**
 * Query parameters as their JSON Schemas want them. A parameter is required when its schema says
 * `required: true`; `default` stands in for an absent one. Throws 400 with every mistake at once.
 */
export function readQuery(
  declared: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
  check: CheckParameter = checkEnum,
): JsonObject {
  const values: Record<string, Json> = {};
  const errors: { readonly parameter: string; readonly message: string }[] = [];
  for (const name of new Set(query.keys())) {
    if (Object.hasOwn(declared, name)) continue;
    const known = Object.keys(declared).join(", ") || "none";
    errors.push({ parameter: name, message: `there is no such parameter; known are ${known}` });
  }
  for (const [name, rawSchema] of Object.entries(declared)) {
    const schema: JsonObject = isJsonObject(rawSchema) ? rawSchema : {};
    const texts = query.getAll(name);
    if (texts.length === 0) {
      const fallback = schema["default"];
      if (fallback !== undefined) values[name] = fallback;
      else if (schema["required"] === true) errors.push({ parameter: name, message: "is missing" });
      continue;
    }
    const value = convert(texts, schema);
    if (value === undefined) {
      const given = JSON.stringify(texts.length === 1 ? texts[0] : texts);
      const message = `${given} was given; ${describeType(schema)} is taken`;
      errors.push({ parameter: name, message });
      continue;
    }
    const { required: _, ...plain } = schema;
    for (const { message } of check(plain, value)) errors.push({ parameter: name, message });
    values[name] = value;
  }
  if (errors.length === 0) return values;
  const names = errors.map(({ parameter }) => `"${parameter}"`).join(", ");
  throw new Refusal("http-in/bad-request", `query parameters are wrong: ${names}`, {
    more: { errors },
  });
}

/** The value in the schema's `type`; undefined when the text is none. */
function convert(texts: readonly string[], schema: JsonObject): Json | undefined {
  if (schema["type"] === "array") {
    const items = isJsonObject(schema["items"]) ? schema["items"] : {};
    const values = texts.map((text) => convertOne(text, items));
    return values.includes(undefined) ? undefined : values.filter((value) => value !== undefined);
  }
  return texts.length === 1 ? convertOne(texts[0] ?? "", schema) : undefined;
}

function convertOne(text: string, { type = "string" }: JsonObject): Json | undefined {
  switch (type) {
    case "integer":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case "number":
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "null":
      return text === "" ? null : undefined;
    case "string":
      return text;
    default:
      return undefined;
  }
}

function describeType({ type }: JsonObject): string {
  if (type === "array") return "a repeated parameter";
  return typeof type === "string" ? `one ${type}` : "one text";
}

const checkEnum: CheckParameter = (schema, value) => {
  const allowed = isJsonObject(schema) ? schema["enum"] : undefined;
  if (!Array.isArray(allowed) || allowed.includes(value)) return [];
  const message = `${JSON.stringify(value)} was given; one of ${JSON.stringify(allowed)} is taken`;
  return [{ pointer: "", message, keyword: "enum" }];
};
