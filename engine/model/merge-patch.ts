import { isJsonObject, type Json } from "./json.ts";

/**
 * JSON Merge Patch (RFC 7396): members of `patch` replace those of `target`, objects merge, `null`
 * removes. Neither argument is changed.
 */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, Json> = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else
      Object.defineProperty(merged, name, {
        value: mergePatch(Object.hasOwn(merged, name) ? (merged[name] ?? null) : null, value),
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return merged;
}
