import { isDict } from "../value/basic.ts";
import { isCallable } from "../value/callable.ts";
import type { Callable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { checkItems, checkLength } from "../value/limit.ts";
import { spend } from "../value/run.ts";
import { indexIn } from "../value/search.ts";
import { isList, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Implementation } from "./builtin.ts";
import { Pattern } from "./pattern.ts";
import type { Found, Match } from "./pattern.ts";

/** Replaces all matches of a plain pattern in a short text; undefined for all else. */
export function replaceShort(
  text: unknown,
  pattern: unknown,
  replacement: unknown,
): string | undefined {
  if (!(pattern instanceof Pattern)) return undefined;
  const { global, steps } = pattern._pattern;
  if (global === undefined) return undefined;
  if (typeof text !== "string" || text.length > 512) return undefined;
  if (typeof replacement !== "string" || replacement.length > 64) return undefined;
  if (replacement.includes("$")) return undefined;
  spend(8 + ((text.length * steps) >> 2));
  return text.replace(global, replacement);
}

/** Asks a matcher, which may be a function of the expression, for a match. */
function ask(matcher: unknown, args: readonly unknown[]): Match | undefined {
  const found = isCallable(matcher) ? matcher._call(args, null) : fail("T1006", { value: matcher });
  if (found === undefined) return undefined;
  if (found === null || found === false || found === 0 || found === "") return undefined;
  const isMatch =
    isDict(found) &&
    (typeof found["start"] === "number" ||
      typeof found["end"] === "number" ||
      isList(found["groups"]) ||
      isCallable(found["next"]));
  return isMatch ? (found as unknown as Match) : fail("T1010");
}

function matches(matcher: unknown, text: string, limit: unknown): Iterable<Found> {
  const most = typeof limit === "number" ? limit : Infinity;
  return matcher instanceof Pattern ? allOf(matcher, text, most) : matchesOf(matcher, text, limit);
}

function* matchesOf(matcher: unknown, text: string, limit: unknown): Generator<Match> {
  const most = typeof limit === "number" ? limit : Infinity;
  let found = ask(matcher, [text]);
  for (let count = 0; found !== undefined && count < most; count += 1) {
    spend(8);
    yield found;
    found = ask(found.next, []);
  }
}

/** The matches of a pattern, one behind the other; only the first may be empty. */
function* allOf(pattern: Pattern, text: string, most: number): Generator<Found> {
  let found = pattern._pattern.find(text, 0);
  for (let count = 0; found !== undefined && count < most; count += 1) {
    yield found;
    if (found.end >= text.length) return;
    found = pattern._pattern.find(text, found.end);
    if (found?.match === "") pattern._pattern.refuseEmpty();
  }
}

function checkLimit(limit: unknown, code: string, index: number): void {
  if (typeof limit === "number" && limit < 0) fail(code, { value: limit, index });
}

function contains([text, token]: readonly unknown[]): boolean | undefined {
  if (typeof text !== "string" || token === undefined) return undefined;
  if (token instanceof Pattern) return token._pattern.find(text, 0) !== undefined;
  return typeof token === "string"
    ? indexIn(text, token, 0) !== -1
    : ask(token, [text]) !== undefined;
}

function match([text, matcher, limit]: readonly unknown[]): List | undefined {
  if (typeof text !== "string") return undefined;
  checkLimit(limit, "D3040", 3);
  const result = sequence();
  if (limit === 0) return result;
  for (const found of matches(matcher, text, limit)) {
    result.push({ match: found.match, index: found.start, groups: found.groups });
  }
  return result;
}

function split([text, separator, limit]: readonly unknown[]): string[] | undefined {
  if (typeof text !== "string") return undefined;
  checkLimit(limit, "D3020", 3);
  const most = typeof limit === "number" ? limit : undefined;
  if (most !== undefined && most <= 0) return [];
  if (typeof separator === "string") return splitText(text, separator, most);
  const parts: string[] = [];
  let start = 0;
  for (const found of matches(separator, text, most)) {
    parts.push(text.substring(start, found.start));
    start = found.end;
    checkItems(parts.length);
  }
  // As the reference: the rest counts against the limit too.
  if (most === undefined || parts.length < most) parts.push(text.substring(start));
  return parts;
}

function splitText(text: string, separator: string, most: number | undefined): string[] {
  if (separator.length <= 1) {
    // Each part may be a single character, or less.
    checkItems(Math.min(most ?? text.length, text.length >> 3));
    const parts = text.split(separator, most);
    spend(parts.length << 1);
    checkItems(parts.length);
    return parts;
  }
  const parts: string[] = [];
  const count = most === undefined ? Infinity : most >>> 0;
  for (let at = 0; parts.length < count;) {
    const index = indexIn(text, separator, at);
    spend(2);
    parts.push(text.slice(at, index === -1 ? undefined : index));
    checkItems(parts.length);
    if (index === -1) break;
    at = index + separator.length;
  }
  return parts;
}

function replace([text, pattern, replacement, limit]: readonly unknown[]): string | undefined {
  if (typeof text !== "string") return undefined;
  if (pattern === "") fail("D3010", { value: pattern, index: 2 });
  checkLimit(limit, "D3011", 4);
  if (limit === 0) return text;
  if (typeof pattern === "string") return replaceText(text, pattern, replacement, limit);
  if (isCallable(replacement)) return replaceBy(text, pattern, replacement, limit);
  const template = typeof replacement === "string" ? replacement : "";
  return spliced(text, matches(pattern, text, limit), (found) => expand(template, found));
}

/** By a function of the expression, which gets each match in full. */
function replaceBy(text: string, pattern: unknown, by: Callable, limit: unknown): string {
  return spliced(text, matchesOf(pattern, text, limit), (found) => by._call([found], null));
}

function spliced<T extends Found>(
  text: string,
  found: Iterable<T>,
  substitute: (found: T) => unknown,
): string {
  let result = "";
  let at = 0;
  let hasMatch = false;
  for (const one of found) {
    hasMatch = true;
    const value = substitute(one);
    if (typeof value !== "string") fail("D3012", { value });
    result += text.substring(at, one.start) + value;
    checkLength(result.length);
    at = one.start + one.match.length;
  }
  return hasMatch ? result + text.substring(at) : text;
}

function replaceText(text: string, pattern: string, value: unknown, limit: unknown): string {
  const replacement = typeof value === "string" ? value : "";
  let result = "";
  let at = 0;
  let index = indexIn(text, pattern);
  for (let count = 0; index !== -1; count += 1) {
    if (typeof limit === "number" && count >= limit) break;
    result += text.substring(at, index) + replacement;
    checkLength(result.length);
    spend(2);
    at = index + pattern.length;
    index = indexIn(text, pattern, at);
  }
  return result + text.substring(at);
}

/** `$$` is a dollar, `$0` the match, `$n` a group with as many digits as there are groups for. */
function expand(template: string, found: Found): string {
  const { groups } = found;
  const digits = groups.length === 0 ? 1 : Math.floor(Math.log10(groups.length)) + 1;
  let result = "";
  let at = 0;
  let dollar = template.indexOf("$");
  while (dollar !== -1) {
    result += template.substring(at, dollar);
    at = dollar + 1;
    const next = template.charAt(at);
    if (next === "$" || next === "0") {
      result += next === "$" ? "$" : found.match;
      at += 1;
    } else {
      const number = groupNumber(template, at, digits, groups.length);
      if (Number.isNaN(number)) {
        result += "$";
      } else {
        const group = groups[number - 1];
        if (typeof group === "string") result += group;
        at += String(number).length;
      }
    }
    dollar = template.indexOf("$", at);
  }
  return result + template.substring(at);
}

function groupNumber(template: string, at: number, digits: number, groups: number): number {
  const number = Number.parseInt(template.substring(at, at + digits), 10);
  return digits > 1 && number > groups
    ? Number.parseInt(template.substring(at, at + digits - 1), 10)
    : number;
}

/** Functions that take a pattern: the reference's are asynchronous and unbounded. */
export const patterns: Readonly<Record<string, Implementation>> = {
  contains,
  match,
  replace,
  split,
};
