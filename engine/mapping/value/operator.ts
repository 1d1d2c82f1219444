import { deepEqual, isNumeric } from "./basic.ts";
import { fail } from "./fault.ts";
import { checkLength, limits } from "./limit.ts";
import { spend } from "./run.ts";
import { isList } from "./sequence.ts";
import type { List } from "./sequence.ts";
import { toText } from "./text.ts";

/** A binary operator on values, with the reference's checks in the reference's order. */
export type Operator = (left: unknown, right: unknown) => unknown;

function numeric(compute: (left: number, right: number) => number): Operator {
  return (left, right) => {
    if (left !== undefined && !isNumeric(left)) fail("T2001", { value: left });
    if (right !== undefined && !isNumeric(right)) fail("T2002", { value: right });
    return left === undefined || right === undefined ? undefined : compute(left, right);
  };
}

function ordered(
  numbers: (left: number, right: number) => boolean,
  texts: (left: string, right: string) => boolean,
): Operator {
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") return numbers(left, right);
    if (typeof left === "string" && typeof right === "string") {
      spend(Math.min(left.length, right.length) >> 7);
      return texts(left, right);
    }
    if (!isOrdered(left) || !isOrdered(right)) {
      fail("T2010", { value: isOrdered(left) && left !== undefined ? right : left });
    }
    if (left === undefined || right === undefined) return undefined;
    return fail("T2009", { value: left, value2: right });
  };
}

function isOrdered(value: unknown): boolean {
  return value === undefined || typeof value === "string" || typeof value === "number";
}

function concatenate(left: unknown, right: unknown): string {
  const head = left === undefined ? "" : toText(left);
  const tail = right === undefined ? "" : toText(right);
  const length = head.length + tail.length;
  checkLength(length);
  // Cheaper than other texts: the engine keeps the two parts and copies nothing yet.
  spend(length >> 10);
  return head + tail;
}

function includes(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (!isList(right)) return right === left;
  // A text may have to be compared with each item to its end.
  spend((right.length >> 2) + (typeof left === "string" ? right.length * (left.length >> 7) : 0));
  return right.includes(left) && !Number.isNaN(left);
}

function range(left: unknown, right: unknown): List | undefined {
  if (left !== undefined && !Number.isInteger(left)) fail("T2003", { value: left });
  if (right !== undefined && !Number.isInteger(right)) fail("T2004", { value: right });
  if (typeof left !== "number" || typeof right !== "number" || left > right) return undefined;
  const size = right - left + 1;
  if (size > 1e7) fail("D2014", { value: size });
  if (size > limits.items) fail("D2015", { value: limits.items });
  // The shortest way to say a long list.
  spend(size << 1);
  const result: List = Array.from({ length: size }, (_, index) => left + index);
  result.sequence = true;
  return result;
}

/** `and` and `or` are not here: they evaluate their right side only when it matters. */
export const operators: Readonly<Record<string, Operator>> = {
  "+": numeric((left, right) => left + right),
  "-": numeric((left, right) => left - right),
  "*": numeric((left, right) => left * right),
  "/": numeric((left, right) => left / right),
  "%": numeric((left, right) => left % right),
  "=": (left, right) => left !== undefined && right !== undefined && deepEqual(left, right),
  "!=": (left, right) => left !== undefined && right !== undefined && !deepEqual(left, right),
  "<": ordered(
    (left, right) => left < right,
    (left, right) => left < right,
  ),
  "<=": ordered(
    (left, right) => left <= right,
    (left, right) => left <= right,
  ),
  ">": ordered(
    (left, right) => left > right,
    (left, right) => left > right,
  ),
  ">=": ordered(
    (left, right) => left >= right,
    (left, right) => left >= right,
  ),
  "&": concatenate,
  in: includes,
  "..": range,
};
