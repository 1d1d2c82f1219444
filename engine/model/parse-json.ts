import type { Json } from "./json.ts";

type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWith = JSON.parse as (text: string, revive?: Revive) => Json;

/** Deeper than any business document; what is written of it later walks down level by level. */
export const jsonDepthMax = 200;

/** JSON, but nested beyond what can be worked on. */
export class JsonTooDeep extends SyntaxError {
  constructor() {
    super(`it is nested more than ${jsonDepthMax} levels deep`);
  }
}

/**
 * Parses JSON without losing digits: an integer that a double cannot hold (an id beyond 2^53) becomes
 * the string of its digits. Throws `SyntaxError`, as `JSON.parse` does, also beyond 200 levels. Of a
 * name that stands twice in one object, the last one counts.
 */
export function parseJson(text: string): Json {
  if (mayBeTooDeep(text) && isTooDeep(text)) throw new JsonTooDeep();
  // The reviver costs a call per value; texts without a long run of digits need none.
  return /\d{16}/.test(text) ? parseWith(text, keepDigits) : parseWith(text);
}

/** Nearly all texts have not even so many brackets: the platform finds each of them at once. */
function mayBeTooDeep(text: string): boolean {
  let left = jsonDepthMax;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/** By its brackets; those within strings are told apart only where there are that many in a row. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === openBracket || char === openBrace) open += 1;
    else if (char === closeBracket || char === closeBrace) open -= 1;
    if (open > jsonDepthMax) return depthOf(text) > jsonDepthMax;
  }
  return false;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length && deepest <= jsonDepthMax; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === backslash) at += 1;
      else if (char === quote) inString = false;
    } else if (char === quote) inString = true;
    else if (char === openBracket || char === openBrace) deepest = Math.max(deepest, (depth += 1));
    else if (char === closeBracket || char === closeBrace) depth -= 1;
  }
  return deepest;
}

const [openBracket, openBrace, closeBracket, closeBrace, quote, backslash] = [
  91, 123, 93, 125, 34, 92,
];

const keepDigits: Revive = (_key, value, { source }) =>
  typeof value === "number" &&
  source !== undefined &&
  /^-?\d+$/.test(source) &&
  !Number.isSafeInteger(value)
    ? source
    : value;
