import type { Json } from "../../model/json.ts";
import { isDict, setKey } from "./basic.ts";
import type { Dict } from "./basic.ts";
import { isCallable } from "./callable.ts";
import { fail } from "./fault.ts";
import { limits } from "./limit.ts";
import { isList } from "./sequence.ts";
import type { List } from "./sequence.ts";

/**
 * What leaves this room: plain lists and objects, no marks, no functions, no `undefined` members.
 * Parts of the input that need no change are shared with it, not copied.
 */
export function toJson(value: unknown): Json | undefined {
  return clean(value, { nodes: limits.nodes }) as Json | undefined;
}

function clean(value: unknown, left: { nodes: number }): unknown {
  if (--left.nodes < 0) fail("result-too-large");
  if (typeof value !== "object" || value === null) {
    if (typeof value === "number" && !Number.isFinite(value)) fail("D1001", { value });
    return typeof value === "function" || typeof value === "symbol" ? undefined : value;
  }
  if (isCallable(value)) return undefined;
  if (isList(value)) return cleanList(value, left);
  return isDict(value) ? cleanDict(value, left) : undefined;
}

function cleanList(value: List, left: { nodes: number }): unknown {
  const source: List = value.outerWrapper === true && isList(value[0]) ? value[0] : value;
  let changed = source.sequence === true || source.cons === true || "keepSingleton" in source;
  const result = source.map((item) => {
    // A list cannot lack an item: what JSON has no word for becomes null, as in JSON.stringify.
    const kept = clean(item, left) ?? null;
    changed ||= kept !== item;
    return kept;
  });
  return changed ? result : source;
}

function cleanDict(value: Dict, left: { nodes: number }): unknown {
  let changed = Object.getPrototypeOf(value) === null;
  const result: Dict = {};
  for (const key of Object.keys(value)) {
    const kept = clean(value[key], left);
    if (kept !== undefined) setKey(result, key, kept);
    changed ||= kept !== value[key] || kept === undefined;
  }
  return changed ? result : value;
}
