import { isJsonObject, type Json } from "./json.ts";

/** Text that stands in JSON as it is. */
const unescaped = /^[ !#-[\]-~]*$/;

/** One text per value, whatever the order of its members: what hashes are made of. */
export function canonicalJson(value: Json): string {
  const sorted = inOrder(value);
  return sorted === undefined ? written(value) : JSON.stringify(sorted);
}

/**
 * A copy whose members stand in order, for the platform to write, which is quicker than we are.
 * Undefined where an object would not keep that order: names like numbers come first in any.
 */
function inOrder(value: Json): Json | undefined {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) {
    const list: Json[] = [];
    for (const item of value) {
      const copy = inOrder(item ?? null);
      if (copy === undefined) return undefined;
      list.push(copy);
    }
    return list;
  }
  const copy: Record<string, Json> = {};
  for (const name of sorted(Object.keys(value))) {
    if (isReordered(name)) return undefined;
    const member = inOrder(value[name] ?? null);
    if (member === undefined) return undefined;
    copy[name] = member;
  }
  return copy;
}

/** An index stands before other names, and `__proto__` is none of an object's own. */
function isReordered(name: string): boolean {
  const first = name.charCodeAt(0);
  return (first >= 48 && first <= 57) || name === "__proto__";
}

/** So many names are put in order where they stand: the platform copies a list to sort it. */
const fewNames = 24;

/** In the order of code units. */
function sorted(names: string[]): string[] {
  if (names.length > fewNames) return names.sort();
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] ?? "";
    let at = index;
    for (; at > 0 && (names[at - 1] ?? "") > name; at -= 1) names[at] = names[at - 1] ?? "";
    names[at] = name;
  }
  return names;
}

function written(value: Json): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) {
    let text = "[";
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) text += ",";
      text += written(value[index] ?? null);
    }
    return `${text}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  let text = "";
  for (const name of sorted(Object.keys(value))) {
    text += `${text === "" ? "{" : ","}${quoted(name)}:${written(value[name] ?? null)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

function quoted(text: string): string {
  return unescaped.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
