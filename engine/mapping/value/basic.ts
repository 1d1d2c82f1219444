import { isCallable } from "./callable.ts";
import { fail } from "./fault.ts";
import { checkItems } from "./limit.ts";
import { spend } from "./run.ts";
import { isList, sequence, sequenceOf } from "./sequence.ts";
import type { List } from "./sequence.ts";

/** An object that is neither list nor function. Prototypes do not matter: only own keys are read. */
export type Dict = Record<string, unknown>;

export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !isList(value) && !isCallable(value);
}

/** True for finite numbers; infinity is an error wherever a number is used, as in the reference. */
export function isNumeric(value: unknown): value is number {
  if (typeof value !== "number" || Number.isNaN(value)) return false;
  if (!Number.isFinite(value)) fail("D1001", { value });
  return true;
}

/** Sets an own key; `__proto__` becomes a key like any other. */
export function setKey(target: Dict, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

/** Value of a field; over a list, the values of its items' fields in one sequence. */
export function lookup(input: unknown, key: string): unknown {
  if (isList(input)) return lookupInList(input, key);
  if (isDict(input) && Object.hasOwn(input, key)) return input[key];
  return undefined;
}

function lookupInList(input: List, key: string): List {
  spend(input.length);
  const result = sequence();
  for (const item of input) {
    const value = lookup(item, key);
    if (isList(value)) {
      checkItems(result.length + value.length);
      for (const inner of value) result.push(inner);
    } else if (value !== undefined) {
      result.push(value);
    }
  }
  return result;
}

/** JSONata's truth: empty text, zero, null, empty lists and objects, functions are false. */
export function truth(value: unknown): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return value.length > 0;
    case "number":
      return isNumeric(value) && value !== 0;
    case "object":
      if (value === null || isCallable(value)) return false;
      if (isList(value)) return truthOfList(value);
      return Object.keys(value).length > 0;
    default:
      return false;
  }
}

function truthOfList(list: List): boolean {
  spend(1 + (list.length >> 2));
  return list.length === 1 ? truth(list[0]) : list.some(truth);
}

/** Takes fuel for comparing two texts that must be read to the end: those of the same length. */
export function spendEqual(left: unknown, right: unknown): void {
  if (typeof left !== "string" || typeof right !== "string") return;
  if (left.length > 128 && left.length === right.length) spend(left.length >> 7);
}

/** Structural equality; the order of keys does not matter. */
export function deepEqual(left: unknown, right: unknown): boolean {
  spendEqual(left, right);
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left === null || right === null) return false;
  spend(6);
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, i) => deepEqual(item, right[i]));
  }
  if (isList(left) || isList(right) || isCallable(left) || isCallable(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  spend(keys.length);
  const [a, b] = [left as Dict, right as Dict];
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]));
}

/** Both as one list; nothing adds nothing. */
export function append(left: unknown, right: unknown): unknown {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const head = isList(left) ? left : sequenceOf(left);
  const tail = isList(right) ? right : [right];
  checkItems(head.length + tail.length);
  return head.concat(tail);
}

/** Keeps 15 significant digits, which hides what binary fractions add. */
export function shorten(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}

/** Name of a value's type for messages. */
export function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (isList(value)) return "a list";
  if (isCallable(value)) return "a function";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "boolean":
      return "a boolean";
    default:
      return "an object";
  }
}
