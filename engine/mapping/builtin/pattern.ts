import { RE2JS } from "re2js";
import { Callable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { spend } from "../value/run.ts";

/** One match, as functions in the expression see it. */
export interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly unknown[];
  readonly next: Callable;
}

/** A match before it is a value of the expression. */
export type Found = Omit<Match, "next">;

/** From a text to its first match from an offset on; takes fuel for what it looks at. */
type Find = (text: string, from: number) => Found | undefined;

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

/** What a plain pattern may cost at one position: its characters, and both ways of each optional one. */
interface Plain {
  readonly steps: number;
}

const single =
  /^(?:\\[dws./\-+*?$^()[\]{}|]|\[\^?(?:[^\\[\]]|\\[dws./\-\]])+\]|[^\\[\](){}*+?.^$|])/;

/**
 * A pattern that JavaScript's own engine runs in linear time: single characters and classes without
 * groups or choices, of which few are optional and only the very last is repeated.
 */
function plainOf({ source, flags }: RegExp): Plain | undefined {
  if (source.length > 64 || /[^gi]/.test(flags)) return undefined;
  let rest = source.replace(/^\^/, "");
  let [singles, optional] = [0, 0];
  while (rest !== "" && rest !== "$") {
    const found = single.exec(rest);
    if (found === null) return undefined;
    rest = rest.slice(found[0].length);
    singles += 1;
    if (rest.startsWith("?")) {
      optional += 1;
      rest = rest.slice(1);
    } else if (/^[*+]/.test(rest)) {
      if (rest.length > 1) return undefined;
      rest = "";
    }
    if (optional > 4) return undefined;
  }
  return { steps: source.startsWith("^") ? 1 : Math.max(1, singles) << optional };
}

/** True for a pattern that is left to JavaScript's own engine. */
export function isLinear(source: RegExp): boolean {
  return plainOf(source) !== undefined;
}

function nativeFind(source: RegExp, { steps }: Plain): Find {
  const pattern = new RegExp(source.source, source.ignoreCase ? "gi" : "g");
  return (text, from) => {
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    const end = found === null ? text.length : found.index + found[0].length;
    spend(8 + (((end - from) * steps) >> 4));
    if (found === null) return undefined;
    return { match: found[0], start: found.index, end, groups: [] };
  };
}

/**
 * A text that takes fuel for each character that is looked at: how far a search goes past its match
 * depends on the pattern, and a search for all matches may look at the same characters many times.
 * It passes for an object of the class String and is none: a class made of that one slows every text
 * of the process down.
 */
class MeteredText {
  readonly [Symbol.toStringTag] = "String";
  readonly length: number;
  readonly #text: string;
  readonly #cost: number;

  constructor(text: string, cost: number) {
    this.length = text.length;
    this.#text = text;
    this.#cost = cost;
  }

  charCodeAt(index: number): number {
    spend(this.#cost);
    return this.#text.charCodeAt(index);
  }

  indexOf(part: string, from = 0): number {
    const found = this.#text.indexOf(part, from);
    spend(1 + (((found === -1 ? this.#text.length : found) - from) >> 6));
    return found;
  }

  substring(start: number, end?: number): string {
    return this.#text.substring(start, end);
  }
}

function re2Find(regex: RE2JS): Find {
  // A character may meet each instruction of the program.
  const instructions = Number(regex.re2().numberOfInstructions());
  const cost = 1 + Math.floor(instructions / 6);
  let [given, metered]: [string, MeteredText | undefined] = ["", undefined];
  return (text, from) => {
    if (metered === undefined || given !== text) {
      [given, metered] = [text, new MeteredText(text, cost)];
    }
    // The library takes objects of texts for texts, as its types do not say.
    const matcher = regex.matcher(metered as unknown as string);
    // A search costs as much as a few dozen steps, however short it is, and a table to be cleared.
    spend(48 + (Math.min(text.length * instructions, 262_144) >> 8));
    if (!matcher.find(from)) return undefined;
    const groups = Array.from(
      { length: matcher.groupCount() },
      (_, index): unknown => matcher.group(index + 1) ?? undefined,
    );
    const [start, end] = [matcher.start(), matcher.end()];
    return { match: text.slice(start, end), start, end, groups };
  };
}

/** What a pattern is besides a function. */
interface PatternParts {
  readonly find: Find;
  /** For replacing all at once: linear, and never matches the empty text. */
  readonly global: RegExp | undefined;
  /** What `global` may cost at one position. */
  readonly steps: number;
  /** Refuses what would be found for ever. */
  readonly refuseEmpty: () => never;
}

/** The function that a regular expression stands for: from a text to its first match. */
export class Pattern extends Callable {
  override readonly _detached = true;
  readonly _pattern: PatternParts;

  constructor(pattern: PatternParts, position: number | undefined) {
    super(2, ([text, from]) =>
      typeof text === "string"
        ? this.#match(text, typeof from === "number" ? from : 0)
        : fail("T0410", { value: text, index: 1, position }),
    );
    this._pattern = pattern;
  }

  #match(text: string, from: number): Match | undefined {
    const found = this._pattern.find(text, from);
    if (found === undefined) return undefined;
    const next = new Callable(0, () => {
      if (found.end >= text.length) return undefined;
      const after = this.#match(text, found.end);
      return after?.match === "" ? this._pattern.refuseEmpty() : after;
    });
    return { ...found, next };
  }
}

/** The function of a compiled pattern. */
export function matcherOf(regex: RE2JS, source: RegExp, position: number | undefined): Pattern {
  const plain = plainOf(source);
  const global =
    plain === undefined ? undefined : new RegExp(source.source, source.ignoreCase ? "gi" : "g");
  const parts: PatternParts = {
    find: plain === undefined ? re2Find(regex) : nativeFind(source, plain),
    global: global === undefined || "".search(global) !== -1 ? undefined : global,
    steps: plain?.steps ?? 0,
    refuseEmpty: () => fail("D1004", { position, value: regex.pattern() }),
  };
  return new Pattern(parts, position);
}
