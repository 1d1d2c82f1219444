import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { counterpart, isEnvelope } from "./matching.ts";
import { typesOf } from "./openapi-schema.ts";
import { objectAt } from "./vendor-api.ts";

export interface Skeleton {
  readonly text: string;
  /** Properties that have no counterpart, by their path. */
  readonly left: readonly string[];
}

interface Source {
  /** As JSONata writes it. */
  readonly path: string;
  readonly schema: Json;
}

const plainName = /^[A-Za-z_]\w*$/;
const stepOf = (name: string): string => (plainName.test(name) ? name : `\`${name}\``);
const envelopesMax = 3;

/**
 * A mapping from one schema to another, as far as names tell. What must be there and has no counterpart
 * stops whoever runs it: a guess would be a wrong value in somebody's books.
 */
export function skeleton(from: JsonObject, to: JsonObject, noun: string): Skeleton {
  const left: string[] = [];
  const text = membersOf(to, { sources: sourcesOf(from, noun), noun, left, inside: [] });
  return { text: `{\n${text}\n}\n`, left };
}

interface Making {
  readonly sources: ReadonlyMap<string, Source>;
  readonly noun: string;
  readonly left: string[];
  /** Envelopes around. */
  readonly inside: readonly string[];
}

function membersOf(to: JsonObject, making: Making): string {
  const { inside, left, noun, sources } = making;
  const required = new Set(
    Array.isArray(to["required"]) ? (to["required"] as readonly Json[]) : [],
  );
  const indent = "  ".repeat(inside.length + 1);
  const lines: string[] = [];
  for (const [name, schema] of Object.entries(objectAt(to, "properties"))) {
    const key = `${indent}${JSON.stringify(name)}`;
    const only = onlyValue(schema);
    const found = sources.get(counterpart(name, [...sources.keys()], noun) ?? "");
    if (required.has(name) && only !== undefined) {
      lines.push(`${key}: ${JSON.stringify(only)}`);
    } else if (found !== undefined && fits(found.schema, schema)) {
      lines.push(`${key}: ${converted(found, schema)}`);
    } else if (
      inside.length < envelopesMax &&
      isJsonObject(schema) &&
      isOpened(name, schema, noun)
    ) {
      const inner = membersOf(schema, { ...making, inside: [...inside, name] });
      lines.push(`${key}: {\n${inner}\n${indent}}`);
    } else if (required.has(name)) {
      const path = [...inside, name].join(".");
      left.push(path);
      const value = typesOf(schema).includes("null")
        ? "null"
        : `$error("${path} is to be filled in")`;
      lines.push(`${key}: ${value} /* to fill in */`);
    }
  }
  return lines.join(",\n");
}

/** Properties by name, those in envelopes (`data`, `customer`) after those outside. */
function sourcesOf(from: JsonObject, noun: string): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  const collect = (schema: JsonObject, path: string, depth: number): void => {
    const properties = Object.entries(objectAt(schema, "properties"));
    for (const [name, inner] of properties) {
      if (!sources.has(name)) sources.set(name, { path: `${path}${stepOf(name)}`, schema: inner });
    }
    for (const [name, inner] of properties) {
      if (depth < envelopesMax && isJsonObject(inner) && isOpened(name, inner, noun)) {
        collect(inner, `${path}${stepOf(name)}.`, depth + 1);
      }
    }
  };
  collect(from, "", 0);
  return sources;
}

const isOpened = (name: string, schema: JsonObject, noun: string): boolean =>
  isEnvelope(name, noun) && Object.keys(objectAt(schema, "properties")).length > 0;

/** The value that a schema leaves no choice about. */
function onlyValue(schema: Json): Json | undefined {
  if (!isJsonObject(schema)) return undefined;
  const values = schema["enum"];
  if (schema["const"] !== undefined) return schema["const"];
  return Array.isArray(values) && values.length === 1 ? (values[0] as Json) : undefined;
}

/** Lists and maps are shaped by hand, and so is what has no one way to be written as the other. */
function fits(source: Json, target: Json): boolean {
  if (isJsonObject(source) && "$ref" in source) return false;
  const [from, to] = [typesOf(source), typesOf(target)];
  const isPlain = (types: readonly string[]): boolean =>
    !types.some((type) => type === "object" || type === "array");
  if (!isPlain(from) || !isPlain(to)) return false;
  if (from.length === 0 || to.length === 0) return true;
  return from.some((type) => to.some((wanted) => type === wanted || isWritten(type, wanted)));
}

/** `converted` knows how; a text is no truth value, whatever it says. */
const isWritten = (from: string, to: string): boolean =>
  to === "string"
    ? ["number", "integer", "boolean"].includes(from)
    : (to === "number" || to === "integer") && ["string", "number", "integer"].includes(from);

function converted({ path, schema }: Source, target: Json): string {
  const [from, to] = [typesOf(schema), typesOf(target)];
  const wants = (type: string): boolean => to.includes(type) && !from.includes(type);
  if (
    to.length > 0 &&
    from.length > 0 &&
    !to.includes("string") &&
    (wants("number") || wants("integer"))
  ) {
    return from.includes("string")
      ? `$exists(${path}) and ${path} != null ? $number(${path}) : null`
      : path;
  }
  if (wants("string") && ["number", "integer", "boolean"].some((type) => from.includes(type))) {
    return `$string(${path})`;
  }
  return path;
}
