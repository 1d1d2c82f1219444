import { isJsonObject, type Json } from "./json.ts";

/** Text that stands in JSON as it is. */
const unescaped = /^[ !#-[\]-~]*$/;

/** One text per value, whatever the order of its members: what hashes are made of. */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return quoted(value);
  if (isList(value)) {
    let text = "[";
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) text += ",";
      text += canonicalJson(value[index] ?? null);
    }
    return `${text}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  let text = "";
  for (const name of sorted(Object.keys(value))) {
    text += `${text === "" ? "{" : ","}${quoted(name)}:${canonicalJson(value[name] ?? null)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

/** Names in the order of their code units; what is in order already is not sorted again. */
function sorted(names: string[]): string[] {
  for (let index = 1; index < names.length; index += 1) {
    if ((names[index - 1] ?? "") > (names[index] ?? "")) return names.sort();
  }
  return names;
}

function quoted(text: string): string {
  return unescaped.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
