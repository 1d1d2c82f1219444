import type { MapEntry, YamlNode } from "../node.ts";
import { Keys } from "./keys.ts";
import { type Cursor, giveUp } from "./cursor.ts";
import { checkPlainStart, plainValue, quotedValue, scalarNode } from "./scalar.ts";

/** What a collection in brackets needs to know of where it stands. */
interface Around {
  /** Every line of it must be indented further. */
  readonly indent: number;
  readonly depth: number;
}

/** `{…}` or `[…]`; the cursor stands behind it afterwards. */
export function flowCollection(c: Cursor, around: Around): YamlNode {
  if (around.depth <= 0) giveUp();
  const inside = { ...around, depth: around.depth - 1 };
  const start = c.at;
  const isMap = c.code() === 123;
  const top = { line: c.line, lineStart: c.lineStart, lineEnd: c.lineEnd };
  c.at++;
  const entries: MapEntry[] = [];
  const items: YamlNode[] = [];
  const keys = new Keys();
  const closer = isMap ? 125 : 93;
  for (;;) {
    skipBlanks(c, around.indent);
    if (c.code() === closer) break;
    if (isMap) entries.push(entry(c, keys, inside));
    else items.push(item(c, inside));
    skipBlanks(c, around.indent);
    if (c.code() === 44) c.at++;
    else if (c.code() !== closer) giveUp();
  }
  c.at++;
  const end = c.at;
  const length = Math.max(1, Math.min(end, top.lineEnd) - start);
  const { file } = c.source;
  const at = { file, line: top.line, column: start - top.lineStart + 1, length };
  return isMap ? { kind: "map", entries, at } : { kind: "list", items, at };
}

function entry(c: Cursor, keys: Keys, around: Around): MapEntry {
  const start = c.at;
  const code = c.code();
  const isQuoted = code === 34 || code === 39;
  const key = isQuoted ? quotedValue(c) : plainText(c);
  const keyAt = c.ref(start, c.at);
  if (c.code() !== 58) giveUp();
  c.at++;
  // `{"a":1}` is right, `{a:1}` is a text.
  if (!isQuoted && c.code() !== 32) giveUp();
  keys.take(key);
  c.skipSpaces();
  if (c.at >= c.lineEnd) giveUp();
  return { key, keyAt, value: value(c, around) };
}

/** `[erp.createOrder: { … }]`: an item may be a map of one entry, without braces. */
function item(c: Cursor, around: Around): YamlNode {
  const { at: start, line } = c;
  const made = isPair(c) ? entry(c, new Keys(), around) : undefined;
  if (made === undefined) return value(c, around);
  if (c.line !== line) giveUp();
  return { kind: "map", entries: [made], at: c.ref(start, c.at) };
}

function isPair(c: Cursor): boolean {
  const start = c.at;
  const code = c.code();
  if (code === 123 || code === 91 || code === 42 || code === 38) return false;
  if (code === 34 || code === 39) return false;
  plainText(c);
  const found = c.code() === 58;
  c.at = start;
  return found;
}

function value(c: Cursor, around: Around): YamlNode {
  const code = c.code();
  if (code === 123 || code === 91) return flowCollection(c, around);
  if (code === 42) return c.alias();
  if (code === 38) return anchored(c, around);
  const start = c.at;
  if (code === 34 || code === 39) {
    const text = quotedValue(c);
    return scalarNode(c, { start, end: c.at }, code === 34 ? "double" : "single", text);
  }
  const text = plainText(c);
  // What is left of an expression that a bracket or comma cut is for the library to explain.
  if (text.includes("$") || text === "") giveUp();
  return scalarNode(c, { start, end: c.at }, "plain", plainValue(text));
}

function anchored(c: Cursor, around: Around): YamlNode {
  const before = c.weight;
  const anchor = c.anchor();
  c.skipSpaces();
  if (anchor === undefined || c.at >= c.lineEnd || c.code() === 38) return giveUp();
  const made = value(c, around);
  c.keep(anchor, made, before);
  return made;
}

/** Up to what ends a plain scalar within brackets, without blanks at its end. */
function plainText(c: Cursor): string {
  checkPlainStart(c);
  const start = c.at;
  let end = start;
  for (; c.at < c.lineEnd; c.at++) {
    const code = c.code();
    if (code === 44 || code === 91 || code === 93 || code === 123 || code === 125) break;
    if (code === 35 && c.code(-1) === 32) giveUp();
    if (code === 58) {
      const next = c.code(1);
      if (next === 32 || next === 10 || Number.isNaN(next)) break;
      if (next === 44 || next === 91 || next === 93 || next === 123 || next === 125) giveUp();
    }
    if (code !== 32) end = c.at + 1;
  }
  c.at = end;
  return c.text.slice(start, end);
}

/** Blanks and line feeds; a line that is not indented far enough, or holds a comment, is not simple. */
function skipBlanks(c: Cursor, indent: number): void {
  for (;;) {
    c.skipSpaces();
    if (c.at < c.lineEnd) break;
    if (c.lineEnd >= c.text.length) giveUp();
    c.nextLine();
    c.skipSpaces();
    if (c.at < c.lineEnd && c.column <= indent) giveUp();
  }
  if (c.code() === 35) giveUp();
}
