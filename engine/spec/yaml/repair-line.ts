/** A line as it should be: what was misread, where it stands (from 0), and the corrected text. */
export interface Repair {
  readonly line: string;
  readonly start: number;
  readonly token: string;
  /** The token has quotes, which end within it. */
  readonly endsEarly?: true;
}

const prefix = /^\s*(?:- +)*(?:(?:"[^"]*"|'[^']*'|[^\s"'{}[\],#&*!|>%@`:$][^:{}[\]]*):(?= |$))? */;
const starters = new Set(["*", "&", "%", "@", "`", "!", "|", ">"]);
const open: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Quotes the expressions of one line that YAML would misread when they are bare: `${…}` and
 * `$path[…]` inside `{…}` or `[…]`, and a bare value that YAML cannot take. `undefined` when there is
 * nothing to quote.
 */
export function repairLine(line: string): Repair | undefined {
  const from = prefix.exec(line)?.[0].length ?? 0;
  const first = line[from];
  if (first === undefined || first === "#") return undefined;
  if (first === '"' || first === "'") return repairText(line, from);
  if (first === "{" || first === "[") return goesOn(line, from) ?? repairFlow(line, from);
  return repairPlain(line, from);
}

/** Behind a text or a bracket: what only an expression goes on with. */
const operator = /^\s*(?:!=|[=<>&?+*/~|[]|\.[A-Za-z$`({[]|-\s|(?:in|and|or)\s)/;

/** `"a" = $b`, `[1, 2][0] = $b`: the value ends where its author goes on with an operator. */
function goesOn(line: string, from: number): Repair | undefined {
  const end = endOfStart(line, from);
  const token = wholeExpression(line, from);
  if (end === undefined || !operator.test(line.slice(end)) || !token.includes("$")) {
    return undefined;
  }
  const rest = line.slice(from + token.length);
  const expression = meantBy(token, end - from);
  return { line: line.slice(0, from) + quote(expression) + rest, start: from, token };
}

/** `"$a = "x""`: quotes within quotes end the text. */
function repairText(line: string, from: number): Repair | undefined {
  const mark = line[from] ?? "";
  const end = skipQuoted(line, from);
  const inner = line.slice(from + 1, end - 1);
  const token = line.slice(from).trimEnd();
  const isOpen = !isBalanced(inner) || /(?:[=<>&?+*/~|-]|\s(?:in|and|or))\s*$/.test(inner);
  if (!isOpen) return goesOn(line, from);
  if (end >= line.length || token.length < 3 || !token.endsWith(mark)) return undefined;
  const text = token.slice(1, -1);
  if (!text.includes("$") || text.includes("\\") || !isBalanced(text)) return undefined;
  return { line: line.slice(0, from) + quote(text), start: from, token, endsEarly: true };
}

/** Where the text or the bracket ends that stands here. */
function endOfStart(line: string, from: number): number | undefined {
  const closers: string[] = [];
  for (let at = from; at < line.length; at++) {
    const here = line[at] ?? "";
    const isText = here === '"' || here === "'";
    if (isText) at = skipQuoted(line, at) - 1;
    else if (here === "{" || here === "[") closers.push(open[here] ?? "");
    else if (here === closers.at(-1)) closers.pop();
    if (closers.length === 0) return at + 1;
  }
  return undefined;
}

/** As an expression: a path has no quotes, and what is written in `${ … }` beside others has none. */
function meantBy(token: string, end: number): string {
  const [first, rest] = [token.slice(0, end), token.slice(end)];
  const path = /^(["'])(\$[a-z]\w*(?:\.\w+)*)\1$/.exec(first)?.[2];
  const plain = (path ?? first) + rest;
  if (!plain.includes("${")) return plain;
  return `\${ ${plain.replaceAll(/\$\{\s*(.*?)\s*\}/g, "$1")} }`;
}

function repairPlain(line: string, from: number): Repair | undefined {
  const token = wholeExpression(line, from);
  const isExpression = token.includes("$") || starters.has(token[0] ?? "");
  if (!isExpression || /^[|>][-+0-9]*$/.test(token)) return undefined;
  const rest = line.slice(from + token.length);
  // `> $a = 1` on one line: the sign for a text on the lines below.
  const expression = token.replace(/^[|>][-+0-9]* +/, "");
  return { line: line.slice(0, from) + quote(expression) + rest, start: from, token };
}

function repairFlow(line: string, from: number): Repair | undefined {
  let out = line.slice(0, from);
  let first: Omit<Repair, "line"> | undefined;
  let at = from;
  let valueStart = false;
  while (at < line.length) {
    const here = line[at] ?? "";
    const further = valueStart ? goesOnInFlow(line, at) : undefined;
    if (further !== undefined) {
      first ??= { start: at, token: further };
      out += quote(meantBy(further, (endOfStart(line, at) ?? at) - at));
      at += further.length;
      valueStart = false;
      continue;
    }
    if (here === '"' || here === "'") {
      const end = skipQuoted(line, at);
      out += line.slice(at, end);
      at = end;
      valueStart = false;
      continue;
    }
    if (here === "#" && line[at - 1] === " ") return finish(out + line.slice(at), first);
    if (valueStart && !/[\s{[\]},]/.test(here)) {
      const end = endOfToken(line, at);
      const token = line.slice(at, end).trimEnd();
      if (token.includes("$") && isMisreadInFlow(token)) {
        first ??= { start: at, token };
        out += quote(token) + line.slice(at + token.length, end);
        at = end;
        valueStart = false;
        continue;
      }
    }
    const startsValue = here === "[" || here === "{" || here === ",";
    if (startsValue || (here === ":" && line[at + 1] === " ")) valueStart = true;
    else if (here !== " ") valueStart = false;
    out += here;
    at++;
  }
  return finish(out, first);
}

/** The expression that begins with the text or bracket here, and goes on. */
function goesOnInFlow(line: string, from: number): string | undefined {
  if (!/["'[{]/.test(line[from] ?? "")) return undefined;
  const end = endOfStart(line, from);
  if (end === undefined || !operator.test(line.slice(end))) return undefined;
  const token = line.slice(from, endOfToken(line, from)).trimEnd();
  return token.includes("$") ? token : undefined;
}

function finish(line: string, first: Omit<Repair, "line"> | undefined): Repair | undefined {
  return first === undefined ? undefined : { line, ...first };
}

/** A key of a flow map begins like a value: a token with `: ` after its first word is no expression. */
function isMisreadInFlow(token: string): boolean {
  return /[[\]{},]|: | #/.test(token) && !/^[A-Za-z_][\w-]*: /.test(token);
}

/** The end of a bare expression: a comma or closing bracket that none of its own brackets holds. */
function endOfToken(line: string, from: number): number {
  const closers: string[] = [];
  for (let at = from; at < line.length; at++) {
    const here = line[at] ?? "";
    if (here === '"' || here === "'") {
      at = skipQuoted(line, at) - 1;
      continue;
    }
    const closer = open[here];
    if (closer !== undefined) closers.push(closer);
    else if (here === closers.at(-1)) closers.pop();
    else if (closers.length === 0 && /[,\]}]/.test(here)) return at;
    else if (closers.length === 0 && here === ":" && line[at + 1] === " " && at > from) {
      const isKey = /^[A-Za-z_][\w-]*$/.test(line.slice(from, at));
      if (isKey) return at;
    }
  }
  return line.length;
}

function skipQuoted(line: string, from: number): number {
  const mark = line[from];
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === "\\" && mark === '"') at++;
    else if (line[at] === mark) return at + 1;
  }
  return line.length;
}

/** The text as a quoted YAML scalar: double quotes unless single ones read better. */
export function quote(text: string): string {
  if (text.includes('"') && !text.includes("'") && !text.includes("\\")) return `'${text}'`;
  return JSON.stringify(text);
}

/** The line with another text in the quotes that begin at `start`. */
export function requoted(line: string, start: number, make: (text: string) => string): string {
  const end = skipQuoted(line, start);
  const written = line.slice(start, end);
  const text = written.startsWith('"')
    ? (JSON.parse(written) as string)
    : written.slice(1, -1).replaceAll("''", "'");
  return line.slice(0, start) + quote(make(text)) + line.slice(end);
}

/** The shortest text from `start` that ends before a comment and leaves no bracket or quote open. */
export function wholeExpression(line: string, start: number): string {
  for (const comment of line.matchAll(/\s+#/g)) {
    const text = line.slice(start, comment.index);
    if (comment.index > start && isBalanced(text)) return text;
  }
  return line.slice(start).trimEnd();
}

/** True when no bracket and no quote is left open. */
export function isBalanced(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
  if (/["']/.test(bare)) return false;
  const depth = (pair: string) =>
    bare.split(pair[0] ?? "").length - bare.split(pair[1] ?? "").length;
  return ["()", "[]", "{}"].every((pair) => depth(pair) === 0);
}
