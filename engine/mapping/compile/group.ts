import { append, setKey } from "../value/basic.ts";
import type { Dict } from "../value/basic.ts";
import { fail } from "../value/fault.ts";
import { spend } from "../value/run.ts";
import { isList, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Ast, Group } from "../syntax/ast.ts";
import { Frame } from "./frame.ts";
import type { Node, Surroundings } from "./node.ts";
import { inside, perItem } from "./node.ts";
import { tupleVariables } from "./tuple-frame.ts";

interface Pair {
  readonly key: Node;
  readonly value: Node;
  /** The key, when it is written as a text. */
  readonly name: string | undefined;
}

/** `{…}`: an object from one context, or one that gathers the items of a list by key. */
export function grouped(group: Group, around: Surroundings, mayBeTuples: boolean): Node {
  const { position } = group;
  const pairs = group.lhs.map((pair) => compilePair(pair, around, mayBeTuples));
  const names = pairs.map((pair) => pair.name);
  const isPlain =
    !mayBeTuples && !names.includes(undefined) && new Set(names).size === names.length;
  return (input, frame) => {
    const reduce = isList(input) && input.tupleStream === true;
    const isMany = isList(input) && (input.length > 1 || isList(input[0]));
    if (isPlain && !isMany) return plain(pairs, isList(input) ? input[0] : input, frame);
    const items = isList(input) ? input : sequenceOf(input);
    return gather(items.length === 0 && !reduce ? sequenceOf(undefined) : items, frame, {
      pairs,
      reduce,
      mayBeTuples,
      position,
    });
  };
}

function compilePair(
  [key, value]: readonly [Ast, Ast],
  around: Surroundings,
  mayBeTuples: boolean,
): Pair {
  const scope = mayBeTuples ? tupleVariables(perItem(around)) : inside(around);
  const compileKey = around.strict ? strictKey(key, scope) : around.compile(key, scope);
  return {
    key: compileKey,
    value: around.compile(value, scope),
    name: key.predicate === undefined ? textOf(key) : undefined,
  };
}

function textOf(key: Ast): string | undefined {
  if (key.type !== "string" || typeof key.value !== "string") return undefined;
  return isReserved(key.value) ? undefined : key.value;
}

/** A key that is nothing would drop its field without a word. */
function strictKey(key: Ast, around: Surroundings): Node {
  const node = around.compile(key, around);
  const end = key.position ?? 0;
  return (input, frame) =>
    node(input, frame) ??
    fail("absent-path", {
      value: "the key of an object is nothing",
      span: [around.startOf(end), end],
    });
}

/** The one context of an object whose keys are all written out: what the items of a list are together. */
export function together(input: unknown): unknown {
  if (!isList(input)) return input;
  if (input.length <= 1) return input[0];
  let data: unknown = input[0];
  for (let i = 1; i < input.length; i += 1) {
    if (i > 1 && isList(data)) data.push(...asItems(input[i]));
    else data = appendOwn(data, input[i]);
  }
  return data;
}

function asItems(value: unknown): readonly unknown[] {
  return isList(value) ? value : [value];
}

export function isReserved(key: string): boolean {
  return key === "_jsonata_lambda" || key === "_jsonata_function";
}

function plain(pairs: readonly Pair[], input: unknown, frame: Frame): Dict {
  const result: Dict = {};
  spend(pairs.length);
  for (const pair of pairs) {
    const value = pair.value(input, frame);
    if (value !== undefined && pair.name !== undefined) setKey(result, pair.name, value);
  }
  return result;
}

interface Gathering {
  readonly pairs: readonly Pair[];
  readonly reduce: boolean;
  readonly mayBeTuples: boolean;
  readonly position: number | undefined;
}

function gather(items: List, frame: Frame, how: Gathering): Dict {
  const groups = new Map<string, { data: unknown; own: unknown[] | undefined; pair: Pair }>();
  for (const item of items) {
    spend(how.pairs.length);
    const tuple = how.reduce ? (item as Dict) : undefined;
    const at = how.mayBeTuples ? new Frame(frame, [], tuple ?? {}) : frame;
    for (const pair of how.pairs) {
      const key = checkKey(pair.key(tuple === undefined ? item : tuple["@"], at), how);
      if (key === undefined) continue;
      const entry = groups.get(key);
      if (entry === undefined) {
        groups.set(key, { data: item, own: undefined, pair });
      } else if (entry.pair === pair) {
        // Appends in place once the list is ours: gathering n items takes n steps, not n².
        if (entry.own === undefined) entry.data = entry.own = appendOwn(entry.data, item);
        else entry.own.push(...(isList(item) ? item : [item]));
      } else {
        fail("D1009", { value: key, position: how.position });
      }
    }
  }
  const result: Dict = {};
  for (const key of keyOrder(groups)) {
    const entry = groups.get(key);
    if (entry === undefined) continue;
    const value = evaluateEntry(entry, frame, how);
    if (value !== undefined) setKey(result, key, value);
  }
  return result;
}

function appendOwn(first: unknown, second: unknown): unknown[] {
  const both = append(first, second);
  return isList(both) ? [...both] : [both];
}

function checkKey(key: unknown, how: Gathering): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== "string") fail("T1003", { value: key, position: how.position });
  if (isReserved(key)) fail("D1013", { value: key, position: how.position });
  return key;
}

/** Keys that look like indices come first, as in every JavaScript object. */
function keyOrder(groups: ReadonlyMap<string, unknown>): string[] {
  const order: Record<string, true> = {};
  let hasProto = false;
  for (const key of groups.keys()) {
    if (key === "__proto__") hasProto = true;
    else order[key] = true;
  }
  return hasProto ? [...Object.keys(order), "__proto__"] : Object.keys(order);
}

function evaluateEntry(
  entry: { readonly data: unknown; readonly pair: Pair },
  frame: Frame,
  how: Gathering,
): unknown {
  if (!how.mayBeTuples) return entry.pair.value(entry.data, frame);
  if (!how.reduce) return entry.pair.value(entry.data, new Frame(frame, [], {}));
  const tuple = reduceTuples(entry.data);
  return entry.pair.value(tuple["@"], new Frame(frame, [], tuple));
}

/** One tuple from many: each variable holds the values of all of them. */
function reduceTuples(data: unknown): Dict {
  if (!isList(data)) return data as Dict;
  const result: Dict = { ...(data[0] as Dict) };
  for (const tuple of data.slice(1)) {
    for (const [name, value] of Object.entries(tuple as Dict)) {
      result[name] = append(result[name], value);
    }
  }
  return result;
}
