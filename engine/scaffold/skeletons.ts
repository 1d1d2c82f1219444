import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { counterpart } from "./matching.ts";
import { objectAt } from "./vendor-api.ts";

export interface Skeleton {
  readonly text: string;
  /** Properties that have no counterpart, with why. */
  readonly left: readonly string[];
}

const plainName = /^[A-Za-z_]\w*$/;
const pathOf = (name: string): string => (plainName.test(name) ? name : `\`${name}\``);

const typesOf = (schema: Json | undefined): readonly string[] => {
  const type = isJsonObject(schema) ? schema["type"] : undefined;
  const types = Array.isArray(type) ? (type as readonly Json[]) : [type];
  return types.filter((one) => typeof one === "string");
};

/**
 * A mapping from one schema to another, as far as names tell. What must be there and has no counterpart
 * stops whoever runs it: a guess would be a wrong value in somebody's books.
 */
export function skeleton(from: JsonObject, to: JsonObject, noun: string): Skeleton {
  const sources = objectAt(from, "properties");
  const required = new Set(
    Array.isArray(to["required"]) ? (to["required"] as readonly Json[]) : [],
  );
  const lines: string[] = [];
  const left: string[] = [];
  for (const [name, schema] of Object.entries(objectAt(to, "properties"))) {
    const source = counterpart(name, Object.keys(sources), noun);
    if (source !== undefined && fits(sources[source], schema)) {
      lines.push(`  ${JSON.stringify(name)}: ${converted(source, sources[source], schema)}`);
    } else if (required.has(name)) {
      left.push(name);
      const value = typesOf(schema).includes("null")
        ? "null"
        : `$error("${name} is to be filled in")`;
      lines.push(`  ${JSON.stringify(name)}: ${value} /* to fill in */`);
    }
  }
  return { text: `{\n${lines.join(",\n")}\n}\n`, left };
}

/** Lists and maps are shaped by hand. */
function fits(source: Json | undefined, target: Json | undefined): boolean {
  const isPlain = (schema: Json | undefined): boolean =>
    !typesOf(schema).some((type) => type === "object" || type === "array");
  return isPlain(source) && isPlain(target) && !(isJsonObject(source) && "$ref" in source);
}

function converted(name: string, source: Json | undefined, target: Json | undefined): string {
  const [from, to] = [typesOf(source), typesOf(target)];
  const path = pathOf(name);
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
  if (wants("string") && (from.includes("number") || from.includes("integer")))
    return `$string(${path})`;
  return path;
}
