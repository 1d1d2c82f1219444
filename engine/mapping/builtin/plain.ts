import { append, lookup, truth } from "../value/basic.ts";
import type { Dict } from "../value/basic.ts";
import { isCallable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { running, spend, spendText } from "../value/run.ts";
import { isList, isSequence, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import { copy, toText } from "../value/text.ts";
import type { Implementation } from "./builtin.ts";
import { charactersOf } from "./texts.ts";

function string([value, prettify]: readonly unknown[]): string | undefined {
  return value === undefined ? undefined : toText(value, prettify === true);
}

/** Counts characters, not code units, as the reference does. */
function pad([text, width, fill]: readonly unknown[]): string | undefined {
  if (typeof text !== "string") return undefined;
  const wanted = typeof width === "number" ? Math.trunc(width) : Number.NaN;
  const unit = typeof fill === "string" && fill !== "" ? fill : " ";
  // A character has at most two code units per code point of the unit.
  spendText(Math.abs(wanted) * Math.ceil(unit.length / charactersOf(unit)));
  const missing = Math.abs(wanted) - charactersOf(text);
  if (!(missing > 0)) return text;
  const padding = repeated(unit, missing);
  return wanted > 0 ? text + padding : padding + text;
}

function repeated(unit: string, characters: number): string {
  const size = charactersOf(unit);
  const whole = unit.repeat(Math.ceil(characters / size));
  if (size !== unit.length) spend(whole.length << 1);
  return size === unit.length
    ? whole.slice(0, characters)
    : Array.from(whole).slice(0, characters).join("");
}

/** The reference passes all items as arguments, which long lists do not survive. */
function extreme(pick: (a: number, b: number) => number): Implementation {
  return ([list]) => {
    if (!isList(list) || list.length === 0) return undefined;
    return list.reduce<number>((best, item) => pick(best, Number(item)), Number(list[0]));
  };
}

function join([texts, separator]: readonly unknown[]): string | undefined {
  if (!isList(texts)) return undefined;
  const between = typeof separator === "string" ? separator : "";
  let length = between.length * texts.length;
  for (const text of texts) length += typeof text === "string" ? text.length : 0;
  spendText(length);
  return texts.join(between);
}

/** The reference compares every pair; a set of canonical texts gives the same in one pass. */
function distinct([list]: readonly unknown[]): unknown {
  if (!isList(list) || list.length <= 1) return list;
  const result: List = isSequence(list) ? sequence() : [];
  const seen = new Set<unknown>();
  for (const item of list) {
    spend(8);
    const key = typeof item === "object" && item !== null ? canonical(item) : item;
    const isNew = !seen.has(key) || Number.isNaN(item);
    seen.add(key);
    if (isNew) result.push(item);
  }
  return result;
}

/** The same text for values that are deeply equal, and for no others; unlike any plain text. */
function canonical(value: unknown): unknown {
  if (isCallable(value)) return value;
  return `\u0000${write(value)}`;
}

function write(value: unknown): string {
  spend(typeof value === "string" ? 10 + (value.length >> 3) : 10);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (isCallable(value)) return "undefined";
  let text = "";
  if (isList(value)) {
    for (const item of value) text += `${write(item)},`;
    return `[${text}]`;
  }
  for (const key of sortedKeys(value)) {
    text += `${JSON.stringify(key)}:${write((value as Dict)[key])},`;
  }
  return `{${text}}`;
}

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i += 1) {
    if ((keys[i - 1] ?? "") > (keys[i] ?? "")) return keys.toSorted();
  }
  return keys;
}

function clone([value]: readonly unknown[]): unknown {
  return value === undefined ? undefined : copy(value, new Set());
}

function shuffle([list]: readonly unknown[]): unknown {
  if (!isList(list) || list.length <= 1) return list;
  const result = [...list];
  for (let i = 1; i < result.length; i += 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** A number in [0, 1) from the seed that came with the evaluation. */
function random(): number {
  const run = running();
  run.random ??= seeded(run.context.seed);
  return run.random();
}

/** Mulberry32 over an FNV-1a hash of the seed: small, well spread, the same everywhere. */
function seeded(seed: string): () => number {
  let state = 0x81_1c_9d_c5;
  for (let i = 0; i < seed.length; i += 1) {
    state = Math.imul(state ^ seed.charCodeAt(i), 0x01_00_01_93);
  }
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Built-ins of our own where the reference's are unbounded, slow or not repeatable. */
export const plain: Readonly<Record<string, Implementation>> = {
  string,
  pad,
  join,
  distinct,
  clone,
  shuffle,
  random,
  boolean: ([value]) => (value === undefined ? undefined : truth(value)),
  not: ([value]) => (value === undefined ? undefined : !truth(value)),
  max: extreme((a, b) => Math.max(a, b)),
  min: extreme((a, b) => Math.min(a, b)),
  count: ([list]) => (isList(list) ? list.length : 0),
  exists: ([value]) => value !== undefined,
  append: ([left, right]) => append(left, right),
  lookup: ([input, key]) => (typeof key === "string" ? lookup(input, key) : undefined),
  eval: () => fail("eval-refused"),
};
