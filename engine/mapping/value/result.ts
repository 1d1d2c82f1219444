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
  return clean(value, { nodes: limits.nodes, characters: limits.characters }) as Json | undefined;
}

/** How much more a result may hold. */
interface Left {
  nodes: number;
  characters: number;
}

function clean(value: unknown, left: Left): unknown {
  if (--left.nodes < 0) fail("result-too-large");
  if (typeof value === "string" && (left.characters -= value.length) < 0) fail("result-too-large");
  if (typeof value !== "object" || value === null) {
    if (typeof value === "number" && !Number.isFinite(value)) fail("D1001", { value });
    return typeof value === "function" || typeof value === "symbol" ? undefined : value;
  }
  if (isCallable(value)) return undefined;
  if (isList(value)) return cleanList(value, left);
  return isDict(value) ? cleanDict(value, left) : undefined;
}

function cleanList(value: List, left: Left): unknown {
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

function cleanDict(value: Dict, left: Left): unknown {
  const keys = Object.keys(value);
  let result: Dict | undefined = Object.getPrototypeOf(value) === null ? {} : undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? "";
    const member = value[key];
    const kept = clean(member, left);
    if (result === undefined && (kept !== member || kept === undefined)) {
      // The first change: what came before is kept as it was.
      result = {};
      for (const earlier of keys.slice(0, i)) setKey(result, earlier, value[earlier]);
    }
    if (result !== undefined && kept !== undefined) setKey(result, key, kept);
  }
  return result ?? value;
}
