/** One token of JSONata, by offsets into the text. */
export interface Token {
  readonly kind: "operator" | "string" | "number" | "quoted-name" | "name" | "variable" | "regex";
  readonly start: number;
  readonly end: number;
}

const blank = " \t\n\r\v";
const doubles = new Set(["..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"]);
const singles = ".[]{}(),@#;:?+-*/%|=<>^&!~";
/** After these a slash divides; after anything else it opens a regular expression. */
const closers = new Set([")", "]", "}"]);

/** Where the text stops being JSONata: an open string, comment, name or regular expression. */
export interface TokenError {
  readonly reason: "open-string" | "open-comment" | "open-name" | "open-regex";
  readonly start: number;
}

/**
 * Tokens of a text from `from` on, by the rules of jsonata's tokenizer, which is not open to others.
 * Serves two ends: where a token began (the parser only says where it ended), and where a `${` ends.
 */
export function* tokens(text: string, from = 0): Generator<Token, TokenError | undefined> {
  let at = from;
  let previous: Token | undefined;
  for (;;) {
    const skipped = skipBlank(text, at);
    if (typeof skipped !== "number") return skipped;
    at = skipped;
    if (at >= text.length) return undefined;
    const token = next(text, at, previous);
    if ("reason" in token) return token;
    yield token;
    previous = token;
    at = token.end;
  }
}

function skipBlank(text: string, from: number): number | TokenError {
  let at = from;
  for (;;) {
    while (at < text.length && blank.includes(text.charAt(at))) at += 1;
    if (!text.startsWith("/*", at)) return at;
    const end = text.indexOf("*/", at + 2);
    if (end === -1) return { reason: "open-comment", start: at };
    at = end + 2;
  }
}

function next(text: string, start: number, previous: Token | undefined): Token | TokenError {
  const char = text.charAt(start);
  if (char === "/" && mayBeRegex(text, previous)) return regexToken(text, start);
  if (doubles.has(text.slice(start, start + 2))) return { kind: "operator", start, end: start + 2 };
  if (singles.includes(char)) return { kind: "operator", start, end: start + 1 };
  if (char === '"' || char === "'") return stringToken(text, start, char);
  const number = /^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?/.exec(
    text.slice(start, start + 400),
  );
  if (number !== null) return { kind: "number", start, end: start + number[0].length };
  if (char === "`") {
    const end = text.indexOf("`", start + 1);
    return end === -1
      ? { reason: "open-name", start }
      : { kind: "quoted-name", start, end: end + 1 };
  }
  let end = start + 1;
  while (
    end < text.length &&
    !blank.includes(text.charAt(end)) &&
    !singles.includes(text.charAt(end))
  ) {
    end += 1;
  }
  return { kind: char === "$" ? "variable" : "name", start, end };
}

function mayBeRegex(text: string, previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  return previous.kind === "operator" && !closers.has(text.slice(previous.start, previous.end));
}

function stringToken(text: string, start: number, quote: string): Token | TokenError {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === quote) return { kind: "string", start, end: at + 1 };
  }
  return { reason: "open-string", start };
}

/** A slash within brackets does not close; flags follow. */
function regexToken(text: string, start: number): Token | TokenError {
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") {
      at += 1;
    } else if (char === "/" && depth === 0) {
      let end = at + 1;
      while (end < text.length && "im".includes(text.charAt(end))) end += 1;
      return { kind: "regex", start, end };
    } else if ("([{".includes(char)) {
      depth += 1;
    } else if (")]}".includes(char)) {
      depth -= 1;
    }
  }
  return { reason: "open-regex", start };
}

/** From the offset behind each token to its first character. */
export function starts(text: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const token of tokens(text)) found.set(token.end, token.start);
  return found;
}
