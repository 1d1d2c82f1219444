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
export interface Left {
  nodes: number;
  characters: number;
}

/**
 * A part of a result while the result is being made: as `toJson` would leave it, and counted. What
 * cannot be part of one leaves less than nothing, and the whole is looked at by `toJson` at the end.
 */
export function partOf(value: unknown, left: Left): unknown {
  // Once it is certain that the whole will be looked at, its parts need not be.
  if (left.nodes < 0 || left.characters < 0) return value;
  try {
    if (!isCallable(value)) return clean(value, left);
  } catch {
    // Too large, infinite or too deep: the whole tells which comes first.
  }
  left.nodes = -1;
  return value;
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
  let result: unknown[] | undefined =
    source.sequence === true || source.cons === true || "keepSingleton" in source ? [] : undefined;
  for (let i = 0; i < source.length; i += 1) {
    const item = source[i];
    // A list cannot lack an item: what JSON has no word for becomes null, as in JSON.stringify.
    const kept = clean(item, left) ?? null;
    if (result === undefined && kept !== item) result = source.slice(0, i);
    if (result !== undefined) result.push(kept);
  }
  return result ?? source;
}

function cleanDict(value: Dict, left: Left): Dict {
  let result: Dict | undefined = Object.getPrototypeOf(value) === Object.prototype ? undefined : {};
  // Own keys and no others: prototypes here have no enumerable ones.
  for (const key in value) {
    const member = value[key];
    const kept = clean(member, left);
    if (result === undefined && (kept !== member || kept === undefined)) {
      result = before(key, value);
    }
    if (result !== undefined && kept !== undefined) setKey(result, key, kept);
  }
  return result ?? value;
}

/** What comes before the first key that changes, as it was. */
function before(first: string, value: Dict): Dict {
  const result: Dict = {};
  for (const key in value) {
    if (key === first) break;
    setKey(result, key, value[key]);
  }
  return result;
}
