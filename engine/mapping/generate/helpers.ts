import { miss } from "../builtin/direct.ts";
import { absent } from "../compile/absence.ts";
import { timesKept } from "../compile/filter.ts";
import { Frame, unbound } from "../compile/frame.ts";
import { together } from "../compile/group.ts";
import { kept, overItems, wrap } from "../compile/path.ts";
import { sortItems } from "../compile/sort.ts";
import { add } from "../compile/step.ts";
import { append, deepEqual, isDict, lookup, spendEqual, truth } from "../value/basic.ts";
import { fail, place } from "../value/fault.ts";
import { Lambda, TailCall, detached, settle } from "../value/lambda.ts";
import { checkItems, checkLength, limits } from "../value/limit.ts";
import { partOf, toJson } from "../value/result.ts";
import type { Left } from "../value/result.ts";
import { isList, isSequence, normalise, sequence, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import { spend } from "../value/run.ts";
import { toText } from "../value/text.ts";

function own(value: unknown, key: string): unknown {
  return isDict(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** `$`: the context, which as a whole input may be wrapped. */
function self(value: List): unknown {
  return normalise(value.outerWrapper === true ? value[0] : value);
}

function equal(left: unknown, right: unknown): boolean {
  spendEqual(left, right);
  if (left === right) return left !== undefined;
  if (typeof left !== "object" || typeof right !== "object") return false;
  return left !== undefined && right !== undefined && deepEqual(left, right);
}

function join(left: unknown, right: unknown): string {
  const head = left === undefined ? "" : typeof left === "string" ? left : toText(left);
  const tail = right === undefined ? "" : typeof right === "string" ? right : toText(right);
  if (head.length + tail.length > 65_536) checkLength(head.length + tail.length);
  return head + tail;
}

/** One item of `[…]` that is no `[…]` itself. */
function addItem(list: unknown[], value: unknown): unknown[] {
  if (value === undefined) return list;
  if (!isList(value)) {
    list.push(value);
    return list;
  }
  checkItems(list.length + value.length);
  for (const item of value) list.push(item);
  return list;
}

/** The same in a list of the result. */
function addPart(list: unknown[], value: unknown, left: Left): void {
  if (value === undefined) return;
  if (!isList(value)) {
    list.push(partOf(value, left));
    return;
  }
  checkItems(list.length + value.length);
  // A list cannot lack an item.
  for (const item of value) list.push(partOf(item, left) ?? null);
}

/** The values of one step so far, from the second on. */
function addTo(out: List | undefined, first: unknown, value: unknown): List {
  const list = out ?? sequence();
  if (out === undefined) add(list, first);
  add(list, value);
  return list;
}

/** The first two values of a step, as the sequence it will give. */
function pair(first: unknown, second: unknown): List {
  const list: List = [first, second];
  list.sequence = true;
  return list;
}

/** What a step with one value gives the step after it. */
function one(value: unknown): unknown {
  return isList(value) ? wrap(value) : value;
}

/** What a last step with one value gives. */
function last(value: unknown): unknown {
  if (!isSequence(value)) return value;
  return normalise(items(value));
}

/** The same as a list that may be marked. */
function items(value: unknown): List {
  if (isList(value) && !isSequence(value)) return value;
  const out = sequence();
  if (value !== undefined) add(out, value);
  return out;
}

function sorted(
  value: unknown,
  terms: readonly { value(item: unknown): unknown; readonly descending: boolean }[],
  position: number | undefined,
  isLast: boolean,
): unknown {
  const list: List = isList(value) ? value : [value];
  if (list.length === 0) return undefined;
  if (list.length === 1) return isList(list[0]) && !isLast ? sequenceOf(list[0]) : list[0];
  return sortItems(list, terms, position);
}

function outOfFuel(): never {
  return fail("out-of-fuel", { value: limits.fuel });
}

function tooDeep(): never {
  return fail("D1011", { value: limits.depth });
}

/** What generated code may call, by the names it calls them. */
export const helpers = {
  A: Array.isArray,
  U: unbound,
  ABSENT: absent,
  MISS: miss,
  Frame,
  Lambda,
  TailCall,
  add,
  addItem,
  addPart,
  addTo,
  append,
  detached,
  equal,
  timesKept,
  items,
  join,
  keep: kept,
  last,
  lookup,
  norm: normalise,
  one,
  outOfFuel,
  over: overItems,
  pair,
  own,
  part: partOf,
  place,
  self,
  seq: sequence,
  settle,
  sorted,
  spend,
  together,
  tooDeep,
  truth,
  whole: toJson,
  wrap,
} as const;
