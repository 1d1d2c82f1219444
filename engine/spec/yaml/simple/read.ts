import type { MapEntry, YamlNode } from "../node.ts";
import type { SourceText } from "../source-text.ts";
import { blockScalar } from "./block-scalar.ts";
import { Cursor, giveUp, notSimple } from "./cursor.ts";
import { flowCollection } from "./flow.ts";
import { Keys } from "./keys.ts";
import { checkPlainStart, plainValue, quotedValue, scalarNode } from "./scalar.ts";

/** Tabs, carriage returns and other control characters, byte order marks, document markers, directives. */
// eslint-disable-next-line no-control-regex
const unusual = /[\0-\x09\x0B-\x1F\x7F-\x9F\u2028\u2029\uFEFF]|^(?:---|\.\.\.|%)/m;
const depthMax = 90;

/**
 * Reads what nearly every file of a workspace is: block maps and lists, scalars on one line, `{…}`,
 * `[…]`, `|` and `>`. Nothing for anything else, for what is wrong and for what needs a finding: the
 * library reads it then. What is read is the very tree that `convert` makes of the library's, which
 * a test holds for every file here, whole and damaged. It exists because the library takes a third
 * of the time of `sluice validate`, and this a tenth of that.
 */
export function readSimple(source: SourceText): YamlNode | undefined {
  if (unusual.test(source.text)) return undefined;
  try {
    const c = new Cursor(source);
    c.toContent();
    if (c.isAtEnd) return undefined;
    const root = block(c, -1, depthMax);
    c.toContent();
    return c.isAtEnd ? root : undefined;
  } catch (error) {
    if (error === notSimple) return undefined;
    throw error;
  }
}

const startsFlow = (c: Cursor): boolean => c.code() === 123 || c.code() === 91;

const isDash = (c: Cursor): boolean =>
  c.code() === 45 && (c.code(1) === 32 || c.at + 1 === c.lineEnd);

/** A value whose first line the cursor stands in; `parent` is the indentation around it. */
function block(c: Cursor, parent: number, depth: number): YamlNode {
  if (c.column <= parent || depth <= 0) giveUp();
  if (isDash(c)) return list(c, depth);
  return isKey(c) ? map(c, depth) : lineValue(c, parent, depth);
}

function list(c: Cursor, depth: number): YamlNode {
  const indent = c.column;
  const at = c.ref(c.at, c.lineEnd);
  const items: YamlNode[] = [];
  while (!c.isAtEnd && c.column === indent && isDash(c)) {
    c.at++;
    if (c.isLineDone()) giveUp();
    items.push(block(c, indent, depth - 1));
    c.toContent();
  }
  if (!c.isAtEnd && c.column > indent) giveUp();
  return { kind: "list", items, at };
}

function map(c: Cursor, depth: number): YamlNode {
  const indent = c.column;
  const entries: MapEntry[] = [];
  const keys = new Keys();
  while (!c.isAtEnd && c.column === indent && !isDash(c)) {
    const start = c.at;
    const key = keyOf(c);
    if (key === undefined) return giveUp();
    const keyAt = c.ref(start, c.at);
    keys.take(key);
    c.at++;
    entries.push({ key, keyAt, value: valueOfKey(c, indent, depth) });
    c.toContent();
  }
  if (!c.isAtEnd && c.column > indent) giveUp();
  const [first] = entries;
  return first === undefined ? giveUp() : { kind: "map", entries, at: first.keyAt };
}

/** What stands behind the colon, or on the lines below. */
function valueOfKey(c: Cursor, indent: number, depth: number): YamlNode {
  const colon = c.at;
  if (!c.isLineDone()) {
    const before = c.weight;
    const anchor = c.anchor();
    if (anchor === undefined) return lineValue(c, indent, depth);
    const below = c.isLineDone();
    const made = (below ? valueBelow(c, indent, depth) : lineValue(c, indent, depth)) ?? giveUp();
    c.keep(anchor, made, before);
    return made;
  }
  const empty =
    c.lineEnd === colon ? scalarNode(c, { start: colon, end: colon }, "plain", null) : undefined;
  const line = c.line;
  const made = valueBelow(c, indent, depth);
  if (made !== undefined) return made;
  // Nothing: where it stands depends on the blanks and comments about it.
  return empty !== undefined && c.line === line + 1 ? empty : giveUp();
}

/** The value of a key on the lines below it, if there is one. */
function valueBelow(c: Cursor, indent: number, depth: number): YamlNode | undefined {
  c.nextLine();
  c.toContent();
  if (c.isAtEnd) return undefined;
  if (c.column > indent) return block(c, indent, depth - 1);
  // A list may stand as far left as the key that it belongs to.
  return c.column === indent && isDash(c) ? block(c, indent - 1, depth - 1) : undefined;
}

function isKey(c: Cursor): boolean {
  const start = c.at;
  const found = keyOf(c) !== undefined;
  c.at = start;
  return found;
}

/** The key that begins here, with the cursor at its colon; nothing where no key begins. */
function keyOf(c: Cursor): string | undefined {
  const code = c.code();
  if (code === 34 || code === 39) {
    const key = quotedValue(c);
    return c.code() === 58 && endsKey(c) ? key : undefined;
  }
  if (startsFlow(c)) return undefined;
  const start = c.at;
  for (; c.at < c.lineEnd; c.at++) {
    const here = c.code();
    if (here === 35 && c.code(-1) === 32) return undefined;
    if (here !== 58 || !endsKey(c)) continue;
    const key = c.text.slice(start, c.at);
    const { at } = c;
    c.at = start;
    checkPlainStart(c);
    c.at = at;
    return key.endsWith(" ") ? giveUp() : key;
  }
  return undefined;
}

const endsKey = (c: Cursor): boolean => c.code(1) === 32 || c.at + 1 === c.lineEnd;

/** A value that begins on this line and, but for brackets and block scalars, ends on it. */
function lineValue(c: Cursor, indent: number, depth: number): YamlNode {
  const code = c.code();
  if (code === 42) return finished(c, c.alias());
  if (code === 124 || code === 62) return blockScalar(c, indent);
  if (startsFlow(c)) {
    const made = flowCollection(c, { indent, depth: depth - 1 });
    return finished(c, made);
  }
  const start = c.at;
  if (code === 34 || code === 39) {
    const text = quotedValue(c);
    const style = code === 34 ? "double" : "single";
    return finished(c, scalarNode(c, { start, end: c.at }, style, text));
  }
  const text = plainLine(c);
  const made = scalarNode(c, { start, end: c.at }, "plain", plainValue(text));
  // What is behind the `#` may belong to an expression.
  const wasExpression = text.includes("$");
  finished(c, made, !wasExpression);
  // Further lines might belong to it.
  c.toContent();
  return !c.isAtEnd && c.column > indent ? giveUp() : made;
}

function finished(c: Cursor, made: YamlNode, mayHaveComment = true): YamlNode {
  if (!c.isLineDone()) giveUp();
  if (!mayHaveComment && c.at < c.lineEnd) giveUp();
  c.nextLine();
  return made;
}

/** A plain scalar up to the end of the line or a comment. */
function plainLine(c: Cursor): string {
  checkPlainStart(c);
  const start = c.at;
  let end = start;
  for (; c.at < c.lineEnd; c.at++) {
    const code = c.code();
    if (code === 35 && c.code(-1) === 32) break;
    if (code === 58 && endsKey(c)) giveUp();
    if (code !== 32) end = c.at + 1;
  }
  c.at = end;
  return c.text.slice(start, end);
}
