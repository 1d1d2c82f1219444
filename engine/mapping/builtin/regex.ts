import { RE2JS } from "re2js";
import { isDict } from "../value/basic.ts";
import { Callable, isCallable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { checkItems, checkLength } from "../value/limit.ts";
import { spend } from "../value/run.ts";
import { isList, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Implementation } from "./builtin.ts";

/** One match, as functions in the expression see it. */
interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly unknown[];
  readonly next: Callable;
}

/** A regular expression in the form that takes linear time, or why it has none. */
export function compileRegex(source: RegExp): RE2JS | string {
  const flags =
    (source.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (source.multiline ? RE2JS.MULTILINE : 0);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source.source), flags);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** From a text to its first match from an offset on: start, end and groups. */
type Find = (text: string, from: number) => Found | undefined;
interface Found {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly unknown[];
}

/**
 * True for a pattern that JavaScript's own engine runs in linear time: single characters and classes
 * without groups or choices, of which few are optional and only the very last is repeated.
 */
export function isLinear({ source, flags }: RegExp): boolean {
  if (source.length > 64 || /[^gi]/.test(flags)) return false;
  const single =
    /^(?:\\[dws./\-+*?$^()[\]{}|]|\[\^?(?:[^\\[\]]|\\[dws./\-\]])+\]|[^\\[\](){}*+?.^$|])/;
  let rest = source.replace(/^\^/, "");
  let optional = 0;
  while (rest !== "") {
    if (rest === "$") return true;
    const found = single.exec(rest);
    if (found === null) return false;
    rest = rest.slice(found[0].length);
    if (rest.startsWith("?")) {
      optional += 1;
      rest = rest.slice(1);
    } else if (/^[*+]/.test(rest)) {
      return rest.length === 1 && optional <= 4;
    }
    if (optional > 4) return false;
  }
  return true;
}

function nativeFind(source: RegExp): Find {
  const pattern = new RegExp(source.source, source.ignoreCase ? "gi" : "g");
  return (text, from) => {
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    return found === null
      ? undefined
      : { start: found.index, end: found.index + found[0].length, groups: [] };
  };
}

function re2Find(regex: RE2JS): Find {
  return (text, from) => {
    const matcher = regex.matcher(text);
    if (!matcher.find(from)) return undefined;
    const groups = Array.from(
      { length: matcher.groupCount() },
      (_, index): unknown => matcher.group(index + 1) ?? undefined,
    );
    return { start: matcher.start(), end: matcher.end(), groups };
  };
}

/** The function that a regular expression stands for: from a text to its first match. */
export function matcherOf(regex: RE2JS, source: RegExp, position: number | undefined): Callable {
  const find = isLinear(source) ? nativeFind(source) : re2Find(regex);
  const matchFrom = (text: string, from: number): Match | undefined => {
    const found = find(text, from);
    if (found === undefined) {
      spend(1 + ((text.length - from) >> 4));
      return undefined;
    }
    const { start, end, groups } = found;
    // A match costs as much as a dozen steps, however short it is.
    spend(16 + ((end - from) >> 4));
    return { match: text.slice(start, end), start, end, groups, next: nextOf(text, end) };
  };
  const nextOf = (text: string, end: number): Callable =>
    new Callable(0, () => {
      if (end >= text.length) return undefined;
      const next = matchFrom(text, end);
      // An empty match would be found for ever.
      if (next?.match === "") fail("D1004", { position, value: regex.pattern() });
      return next;
    });
  return new Pattern(isLinear(source) ? source : undefined, ([text, from]) =>
    typeof text === "string"
      ? matchFrom(text, typeof from === "number" ? from : 0)
      : fail("T0410", { value: text, index: 1, position }),
  );
}

/** The function of a regular expression. */
class Pattern extends Callable {
  /** For replacing all at once: linear, and never matches the empty text. */
  readonly global: RegExp | undefined;

  constructor(linear: RegExp | undefined, run: (args: readonly unknown[]) => unknown) {
    super(2, run);
    const global =
      linear === undefined ? undefined : new RegExp(linear.source, linear.ignoreCase ? "gi" : "g");
    this.global = global === undefined || "".search(global) !== -1 ? undefined : global;
  }
}

/** Replaces all matches of a plain pattern in a short text; undefined for all else. */
export function replaceShort(
  text: unknown,
  pattern: unknown,
  replacement: unknown,
): string | undefined {
  if (!(pattern instanceof Pattern) || pattern.global === undefined) return undefined;
  if (typeof text !== "string" || text.length > 512) return undefined;
  if (typeof replacement !== "string" || replacement.length > 64) return undefined;
  if (replacement.includes("$")) return undefined;
  spend(8 + text.length);
  return text.replace(pattern.global, replacement);
}

/** Asks a matcher, which may be a function of the expression, for a match. */
function ask(matcher: unknown, args: readonly unknown[]): Match | undefined {
  const found = isCallable(matcher) ? matcher.call(args, null) : fail("T1006", { value: matcher });
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

function* matches(matcher: unknown, text: string, limit: unknown): Generator<Match> {
  let found = ask(matcher, [text]);
  for (let count = 0; found !== undefined; count += 1) {
    if (typeof limit === "number" && count >= limit) return;
    spend(1);
    yield found;
    found = ask(found.next, []);
  }
}

function checkLimit(limit: unknown, code: string, index: number): void {
  if (typeof limit === "number" && limit < 0) fail(code, { value: limit, index });
}

function contains([text, token]: readonly unknown[]): boolean | undefined {
  if (typeof text !== "string" || token === undefined) return undefined;
  return typeof token === "string" ? text.includes(token) : ask(token, [text]) !== undefined;
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
  if (typeof separator === "string") return text.split(separator, most);
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

function replace([text, pattern, replacement, limit]: readonly unknown[]): string | undefined {
  if (typeof text !== "string") return undefined;
  if (pattern === "") fail("D3010", { value: pattern, index: 2 });
  checkLimit(limit, "D3011", 4);
  if (limit === 0) return text;
  if (typeof pattern === "string") return replaceText(text, pattern, replacement, limit);
  const substitute = substitution(replacement);
  let result = "";
  let at = 0;
  let hasMatch = false;
  for (const found of matches(pattern, text, limit)) {
    hasMatch = true;
    const value = substitute(found);
    if (typeof value !== "string") fail("D3012", { value });
    result += text.substring(at, found.start) + value;
    checkLength(result.length);
    at = found.start + found.match.length;
  }
  return hasMatch ? result + text.substring(at) : text;
}

function replaceText(text: string, pattern: string, value: unknown, limit: unknown): string {
  const replacement = typeof value === "string" ? value : "";
  let result = "";
  let at = 0;
  let index = text.indexOf(pattern);
  for (let count = 0; index !== -1; count += 1) {
    if (typeof limit === "number" && count >= limit) break;
    result += text.substring(at, index) + replacement;
    checkLength(result.length);
    at = index + pattern.length;
    index = text.indexOf(pattern, at);
  }
  return result + text.substring(at);
}

function substitution(replacement: unknown): (found: Match) => unknown {
  if (isCallable(replacement)) return (found) => replacement.call([found], null);
  const template = typeof replacement === "string" ? replacement : "";
  return (found) => expand(template, found);
}

/** `$$` is a dollar, `$0` the match, `$n` a group with as many digits as there are groups for. */
function expand(template: string, found: Match): string {
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
