import { isDict, isNumeric, setKey, shorten } from "./basic.ts";
import type { Dict } from "./basic.ts";
import { isCallable } from "./callable.ts";
import { fail } from "./fault.ts";
import { checkLength, limits } from "./limit.ts";
import { spend } from "./run.ts";
import { isList } from "./sequence.ts";

/** JSONata's `$string`: texts as they are, functions as empty text, all else as JSON. */
export function toText(value: unknown, prettify = false): string {
  if (typeof value === "string") return value;
  if (isCallable(value)) return "";
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail("D3001", { value });
    spend(Number.isInteger(value) ? 1 : 40);
    return JSON.stringify(shorten(value));
  }
  if (value === null || typeof value !== "object") return String(value);
  const inner = isList(value) && value.outerWrapper === true ? value[0] : value;
  const size: Size = { nodes: limits.nodes, characters: limits.text, isPlain: true };
  measure(inner, size);
  const text = JSON.stringify(inner, size.isPlain ? undefined : asJson, prettify ? 2 : 0);
  checkLength(text.length);
  return text;
}

function asJson(_key: string, value: unknown): unknown {
  if (isNumeric(value)) return shorten(value);
  return isCallable(value) ? "" : value;
}

/** How large a text may still become, and whether JSON writes all of it as JSONata does. */
interface Size {
  nodes: number;
  characters: number;
  isPlain: boolean;
}

/** Walks before writing: shared parts may make a small value a huge text. */
function measure(value: unknown, left: Size): void {
  if (--left.nodes < 0) fail("result-too-large");
  spend(4);
  if (typeof value === "number") {
    if (!Number.isInteger(value)) {
      left.isPlain = false;
      spend(32);
    }
  } else if (typeof value === "string") {
    spend(value.length >> 4);
    if ((left.characters -= value.length) < 0) checkLength(limits.text + 1);
  } else if (isList(value)) {
    for (const item of value) measure(item, left);
  } else if (isDict(value)) {
    for (const key of Object.keys(value)) measure(value[key], left);
  } else if (isCallable(value)) {
    left.isPlain = false;
  }
}

/** A deep copy as JSON would make it; `made` collects its lists and objects. */
export function copy(value: unknown, made: Set<object>): unknown {
  if (made.size > limits.nodes) fail("result-too-large");
  spend(8);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail("D1001", { value });
    return shorten(value);
  }
  if (isCallable(value)) return "";
  if (isList(value)) {
    const source = value.outerWrapper === true ? value[0] : value;
    if (!isList(source)) return copy(source, made);
    const list: unknown[] = [];
    made.add(list);
    for (const item of source) list.push(item === undefined ? null : copy(item, made));
    return list;
  }
  if (!isDict(value)) return value;
  const result: Dict = {};
  made.add(result);
  for (const key of Object.keys(value)) {
    if (value[key] !== undefined) setKey(result, key, copy(value[key], made));
  }
  return result;
}
