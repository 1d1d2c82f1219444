import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** JSON Merge Patch (RFC 7396): members are merged, null removes, anything else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name) ?? null, value));
  }
  // `fromEntries` defines own members, so that `__proto__` is a name like any other.
  const result: JsonObject = Object.fromEntries(merged);
  return result;
}
