import { isDict, setKey } from "../value/basic.ts";
import type { Dict } from "../value/basic.ts";
import { checkItems } from "../value/limit.ts";
import { spend } from "../value/run.ts";
import { isList, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Implementation } from "./builtin.ts";

/** The keys of an object, or of all objects in a list and in the lists in it. */
function keys([value]: readonly unknown[]): List {
  const found = Object.create(null) as Dict;
  collectKeys(value, found);
  const result = sequence();
  for (const key of Object.keys(found)) result.push(key);
  return result;
}

function collectKeys(value: unknown, found: Dict): void {
  if (isList(value)) {
    spend(value.length);
    for (const item of value) collectKeys(item, found);
  } else if (isDict(value)) {
    const own = Object.keys(value);
    spend(own.length << 1);
    for (const key of own) found[key] = true;
  }
}

/** An object for each key; of a list all of them, in a list that does not unwrap. */
function spread([value]: readonly unknown[]): unknown {
  if (isDict(value)) return spreadDict(value, sequence());
  if (!isList(value)) return value;
  const result: List = [];
  const isNothing = !spreadList(value, result);
  return isNothing ? sequence() : result;
}

/** False when no item was anything at all. */
function spreadList(list: List, result: List): boolean {
  spend(list.length);
  let isAny = false;
  for (const item of list) {
    if (isList(item)) spreadList(item, result);
    else if (isDict(item)) spreadDict(item, result);
    else if (item !== undefined) result.push(item);
    isAny ||= item !== undefined;
    checkItems(result.length);
  }
  return isAny;
}

function spreadDict(value: Dict, result: List): List {
  const own = Object.keys(value);
  spend(own.length << 2);
  for (const key of own) {
    const one: Dict = {};
    setKey(one, key, value[key]);
    result.push(one);
  }
  return result;
}

/** All keys of a list of objects in one; the last of the same name counts. */
function merge([list]: readonly unknown[]): Dict | undefined {
  if (!isList(list)) return undefined;
  const result: Dict = {};
  for (const item of list) {
    if (!isDict(item)) continue;
    const own = Object.keys(item);
    spend(own.length << 2);
    for (const key of own) setKey(result, key, item[key]);
  }
  return result;
}

/** Functions on objects: the reference's take no account of how much there is to do. */
export const objects: Readonly<Record<string, Implementation>> = { keys, spread, merge };
