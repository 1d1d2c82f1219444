import { isDict, setKey, truth } from "../value/basic.ts";
import type { Dict } from "../value/basic.ts";
import { isCallable } from "../value/callable.ts";
import type { Callable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { mergeSort } from "../value/merge-sort.ts";
import { spend } from "../value/run.ts";
import { isList, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Implementation } from "./builtin.ts";

/** Calls a function with as many of value, position and whole as it takes. */
function callWith(target: Callable, value: unknown, position: unknown, whole: unknown): unknown {
  spend(1);
  if (target._arity >= 3) return target._call([value, position, whole], null);
  return target._call(target._arity === 2 ? [value, position] : [value], null);
}

/** The reference calls what it finds and lets the engine complain; we say T1006. */
function asFunction(value: unknown): Callable {
  return isCallable(value) ? value : fail("T1006", { value });
}

function map([list, mapper]: readonly unknown[]): List | undefined {
  if (!isList(list)) return undefined;
  const target = asFunction(mapper);
  const result = sequence();
  for (let i = 0; i < list.length; i += 1) {
    const value = callWith(target, list[i], i, list);
    if (value !== undefined) result.push(value);
  }
  return result;
}

function filter([list, test]: readonly unknown[]): List | undefined {
  if (!isList(list)) return undefined;
  const target = asFunction(test);
  const result = sequence();
  for (let i = 0; i < list.length; i += 1) {
    if (truth(callWith(target, list[i], i, list))) result.push(list[i]);
  }
  return result;
}

function single([list, test]: readonly unknown[]): unknown {
  if (!isList(list)) return undefined;
  const matches = list.flatMap((item, index) => {
    const matches = test === undefined || truth(callWith(asFunction(test), item, index, list));
    return matches ? [{ item, index }] : [];
  });
  const [first, second] = matches;
  if (second !== undefined) fail("D3138", { index: second.index });
  return first === undefined ? fail("D3139") : first.item;
}

function reduce([list, reducer, initial]: readonly unknown[]): unknown {
  if (!isList(list)) return undefined;
  const target = asFunction(reducer);
  const { _arity: arity } = target;
  if (arity < 2) fail("D3050", { index: 1 });
  let index = initial === undefined && list.length > 0 ? 1 : 0;
  let result: unknown = index === 1 ? list[0] : initial;
  for (; index < list.length; index += 1) {
    spend(1);
    result = target._call(
      [result, list[index], index, list].slice(0, Math.min(Math.max(arity, 2), 4)),
      null,
    );
  }
  return result;
}

function sift([object, test]: readonly unknown[]): Dict | undefined {
  const result: Dict = {};
  const source = isDict(object) ? object : {};
  const target = asFunction(test);
  let isEmpty = true;
  for (const key of Object.keys(source)) {
    if (!truth(callWith(target, source[key], key, source))) continue;
    setKey(result, key, source[key]);
    isEmpty = false;
  }
  return isEmpty ? undefined : result;
}

function each([object, mapper]: readonly unknown[]): List {
  const result = sequence();
  const source = isDict(object) ? object : {};
  for (const key of Object.keys(source)) {
    const value = callWith(asFunction(mapper), source[key], key, source);
    if (value !== undefined) result.push(value);
  }
  return result;
}

function sort([list, comparator]: readonly unknown[]): unknown {
  if (!isList(list) || list.length <= 1) return list;
  spend((list.length * Math.ceil(Math.log2(list.length)) * 3) >> 1);
  if (comparator !== undefined) {
    const target = asFunction(comparator);
    return mergeSort(list, (a, b) => isSwapped(target._call([a, b], null)));
  }
  const isSortable =
    list.every((item) => typeof item === "number") ||
    list.every((item) => typeof item === "string");
  if (!isSortable) fail("D3070", { index: 1 });
  // Where the order is one, the platform's own stable sort gives the same.
  return list.some((item) => Number.isNaN(item))
    ? mergeSort(list as (string | number)[], (a, b) => a > b)
    : (list as (string | number)[]).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The reference takes JavaScript's truth here, not JSONata's. */
function isSwapped(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null && value !== 0 && value !== "";
}

/** Functions that call functions: the reference's are asynchronous. */
export const higher: Readonly<Record<string, Implementation>> = {
  map,
  filter,
  single,
  reduce,
  sift,
  each,
  sort,
};
