import type { YAMLError } from "yaml";
import { finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { SourceText } from "./source-text.ts";
import { keyColumn, tabDepth } from "./tab-depth.ts";
import { unclosedBracket } from "./unclosed-bracket.ts";

const words: Readonly<Record<string, string>> = {
  BAD_INDENT: "the indentation does not fit the lines before",
  BAD_SCALAR_START: "a value cannot begin with this character unless it is quoted",
  BLOCK_IN_FLOW: "a comma is missing, or a text with a colon is not quoted",
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line: quote the value, or begin a new line',
  MISSING_CHAR: "a comma, colon or closing character is missing",
  MULTIPLE_DOCS: "a second document begins here: one document a file",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line",
  UNEXPECTED_TOKEN: "this is not expected here",
};

/** The parser says where it lost its way; people want to know what made it lose it. */
export function explain(source: SourceText, error: YAMLError): Diagnostic {
  return slip(source, error) ?? indentation(source, error) ?? plainly(source, error);
}

/** What is wrong with one line by itself. */
function slip(source: SourceText, error: YAMLError): Diagnostic | undefined {
  return (
    tabs(source, error) ??
    endsEarly(source, error) ??
    bracketInText(source, error) ??
    unclosedQuote(source, error) ??
    unclosed(source, error) ??
    missingKey(source, error) ??
    missingBlank(source, error)
  );
}

/** What a merge of two branches left behind. */
export function mergeConflict(source: SourceText): Diagnostic | undefined {
  const found = /^(?:<{7}|>{7}|={7})(?= |\r?$)/m.exec(source.text);
  if (found === null) return undefined;
  const at = source.ref(found.index, found.index + found[0].length);
  return finding("spec/yaml-syntax", at, "a merge conflict was left here", {
    help: "keep one of the two sides, and remove the lines with <<<<<<<, ======= and >>>>>>>",
  });
}

/** Nested so deep that the parser's own stack ended. */
export function isTooDeep(error: YAMLError): boolean {
  return /call stack/i.test(error.message);
}

function plainly(source: SourceText, error: YAMLError): Diagnostic {
  const at = source.ref(error.pos[0], error.pos[1]);
  const said = words[error.code];
  if (error.code === "MULTIPLE_DOCS" && said !== undefined) {
    return finding("spec/yaml-syntax", at, said, {
      help: "move what follows --- into its own file",
    });
  }
  const detail = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return finding("spec/yaml-syntax", at, said === undefined ? detail : `${said} (${detail})`);
}

/** One finding for all: an editor that writes tabs writes them everywhere. */
function tabs(source: SourceText, error: YAMLError): Diagnostic | undefined {
  if (error.code !== "TAB_AS_INDENT") return undefined;
  const at = source.ref(error.pos[0], error.pos[1]);
  const lines = source.text.split("\n").filter((line) => /^ *\t/.test(line)).length;
  const others = lines > 1 ? `, here and on ${lines - 1} more of its lines` : "";
  return finding("spec/tab", at, `a tab is used as indentation${others}; YAML wants blanks`, {
    help: "replace tabs by blanks",
    fix: withoutTabs(source, at.line),
  });
}

function withoutTabs(source: SourceText, number: number): string {
  const line = source.line(number);
  const [, indent = "", dashes = "", rest = ""] = /^(\s*)((?:-\s+)*)(.*)$/.exec(line) ?? [];
  const depth = indent.includes("\t") ? tabDepth(source, number) : indent.length;
  return " ".repeat(depth) + dashes.replaceAll(/\s+/g, " ") + rest;
}

/** `"${ $input.id & "-1" }"`, `{ "a": 1 }.a`: the value ends before its author meant it to. */
function endsEarly(source: SourceText, error: YAMLError): Diagnostic | undefined {
  const { line: number } = source.ref(error.pos[0], error.pos[0]);
  const line = source.line(number);
  const quoted =
    /(?:^|[:,[{-])\s*(?<text>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?<rest>[^\s,}\]:]|:(?=[^\s,}\]]))/d;
  const [end] = quoted.exec(line)?.indices?.groups?.["rest"] ?? [];
  const offset = error.pos[0] - (source.ref(error.pos[0], error.pos[0]).column - 1);
  if (end !== undefined) {
    const mark = line[end - 1] ?? "";
    const at = source.ref(offset + end - 1, offset + end);
    const help =
      mark === '"'
        ? `inside "…" write a text in '…', or \\" for the quote itself`
        : `inside '…' write '' for the quote itself, or put the whole in "…"`;
    return finding("spec/yaml-syntax", at, `the text ends at this quote, and more follows`, {
      help,
    });
  }
  const before = source.text[error.pos[0] - 1] ?? "";
  if (error.code !== "UNEXPECTED_TOKEN" || !/[}\]]/.test(before)) return undefined;
  const at = source.ref(error.pos[0] - 1, error.pos[0]);
  return finding("spec/yaml-syntax", at, `the value ends at this "${before}", and more follows`, {
    help: "an expression that begins with { or [ must be quoted",
  });
}

/** `{ get: /orders/{orderId} }`: within { } a { begins a map, in the middle of a text, too. */
function bracketInText(source: SourceText, error: YAMLError): Diagnostic | undefined {
  if (!/^Unexpected flow-(?:map|seq)-start at node end/.test(error.message)) return undefined;
  const { line: number, column } = source.ref(error.pos[0], error.pos[0]);
  const line = source.line(number);
  const [before = ""] = /[^\s{[,"']+$/.exec(line.slice(0, column - 1)) ?? [];
  const [rest = ""] = /^(?:[^\s,{}[\]]|\{[^{}]*\}|\[[^[\]]*\])+/.exec(line.slice(column - 1)) ?? [];
  if (before === "" || rest === "") return undefined;
  const start = column - 1 - before.length;
  const text = before + rest;
  const offset = error.pos[0] - before.length;
  const message = `YAML takes the "${rest.charAt(0)}" in "${text}" for the beginning of a value`;
  return finding("spec/yaml-syntax", source.ref(offset, offset + text.length), message, {
    help: "put the text in quotes",
    fix: `${line.slice(0, start)}"${text}"${line.slice(start + text.length)}`.trim(),
  });
}

function unclosedQuote(source: SourceText, error: YAMLError): Diagnostic | undefined {
  const [, mark] = /^Missing closing (["'])quote/.exec(error.message) ?? [];
  if (mark === undefined) return undefined;
  const start = source.text.lastIndexOf(mark, error.pos[0] - 1);
  const at = source.ref(start, Math.max(error.pos[0], start + 1));
  return finding("spec/yaml-syntax", at, `the text that begins here has no closing ${mark}`, {
    help: `end it by ${mark}`,
  });
}

function unclosed(source: SourceText, error: YAMLError): Diagnostic | undefined {
  if (!/^(Flow (map|sequence) in block|Expected flow)/.test(error.message)) return undefined;
  const here = source.text[error.pos[0]] ?? "";
  if (/[}\]]/.test(here)) {
    const at = source.ref(error.pos[0], error.pos[0] + 1);
    const other = here === "]" ? "{" : "[";
    return finding("spec/yaml-syntax", at, `"${here}" does not close the "${other}" before it`, {
      help: `write ${here === "]" ? "}" : "]"}`,
    });
  }
  const found = unclosedBracket(source, source.ref(error.pos[0], error.pos[0]).line);
  if (found === undefined) return undefined;
  const { at, bracket, closer } = found;
  return finding("spec/yaml-syntax", at, `this "${bracket}" is never closed`, {
    help: `close it by ${closer}`,
  });
}

/** `- erp.createOrder` and keys on the lines below: the first lacks its own. */
function missingKey(source: SourceText, error: YAMLError): Diagnostic | undefined {
  if (error.code !== "MULTILINE_IMPLICIT_KEY") return undefined;
  const { line: number } = source.ref(error.pos[0], error.pos[0]);
  const [, before = "", word] = /^(\s*(?:- +)+)([\w./@-]+)\s*$/.exec(source.line(number)) ?? [];
  if (word === undefined) return undefined;
  const start = source.offset(number) + before.length;
  const message = `"${word}" has no key, and keys follow on the next line`;
  return finding("spec/yaml-syntax", source.ref(start, start + word.length), message, {
    help: `write its key before it, such as call: ${word}`,
  });
}

/** `owner:finance`, `-call: x` and `id order` are one word each to YAML. */
const slips: readonly (readonly [pattern: RegExp, says: (word: string) => string, gap: string])[] =
  [
    [/^(\s*(?:- +)*)([A-Za-z][\w-]*:)[^\s:/]/, (word) => `a blank is missing after "${word}"`, " "],
    [/^(\s*)(-)[A-Za-z][\w-]*:(?: |$)/, () => 'a blank is missing after "-"', " "],
    [/^(\s*(?:- +)*)([a-z][\w-]*) +[^\s:]+$/, (word) => `a colon is missing after "${word}"`, ":"],
  ];

function missingBlank(source: SourceText, error: YAMLError): Diagnostic | undefined {
  if (!indentErrors.has(error.code)) return undefined;
  const { line: number } = source.ref(error.pos[0], error.pos[0]);
  const line = source.line(number);
  for (const [pattern, says, gap] of slips) {
    const [, before, word] = pattern.exec(line) ?? [];
    if (before === undefined || word === undefined) continue;
    const end = before.length + word.length;
    const start = source.offset(number) + before.length;
    return finding("spec/yaml-syntax", source.ref(start, start + word.length), says(word), {
      fix: `${line.slice(0, end)}${gap}${line.slice(end)}`.trim(),
    });
  }
  return undefined;
}

/** The parser takes the line after for part of the value. */
const joined = new Set(["BLOCK_AS_IMPLICIT_KEY", "MULTILINE_IMPLICIT_KEY"]);
const indentErrors = new Set(["BAD_INDENT", "MISSING_CHAR", ...joined]);

const isText = (line: string): boolean => /^\s*[^\s#]/.test(line);

/** Two lines that seem to belong together, and begin in different columns. */
export interface Misaligned {
  readonly line: number;
  readonly here: number;
  readonly before: number;
  readonly wanted: number;
}

/** A line that goes on with the keys before, but begins elsewhere. */
export function misaligned(source: SourceText, error: YAMLError): Misaligned | undefined {
  if (!indentErrors.has(error.code) || slip(source, error) !== undefined) return undefined;
  const first = source.ref(error.pos[0], error.pos[0]).line;
  const number = joined.has(error.code) ? next(source, first) : first;
  const line = source.line(number);
  const before = previous(source, number);
  const here = keyColumn(line);
  const wanted = keyColumn(source.line(before));
  const own = /^\s*/.exec(line)?.[0].length ?? 0;
  // The line before must be a key with a value, and this one a key of its own, nearby.
  if (!/^\s*(?:- +)*[\w"'-][^:]*: +\S/.test(source.line(before)) || here === wanted)
    return undefined;
  if (own !== here || !/^\s*[\w"'-][^:]*:(?: |$)/.test(line)) return undefined;
  if (joined.has(error.code) && here < wanted) return undefined;
  return { line: number, here, before, wanted };
}

function indentation(source: SourceText, error: YAMLError): Diagnostic | undefined {
  const found = misaligned(source, error);
  return found === undefined ? undefined : fitsAfter(source, found, found.wanted);
}

/** The line that is wrongly indented, and the column that it fits in. */
export function fitsAfter(source: SourceText, found: Misaligned, column: number): Diagnostic {
  const { line: number, here, wanted } = found;
  const start = source.offset(number) + here;
  const at = source.ref(start, start + source.line(number).trim().length);
  const message = `this line is indented by ${here} blanks, and the one before begins after ${wanted}`;
  return column === wanted
    ? finding("spec/yaml-syntax", at, message, {
        help: `indent both alike, if they belong together: ${wanted} blanks`,
      })
    : finding(
        "spec/yaml-syntax",
        at,
        `this line is indented by ${here} blanks, and fits after ${column}`,
        {
          help: `indent it by ${column} blanks, as the lines above that it goes with`,
        },
      );
}

/** A line under the - of the item above, and the column of that item's keys. */
export function lacksDash(
  source: SourceText,
  { line, here }: Misaligned,
): { readonly diagnostic: Diagnostic; readonly column: number } | undefined {
  let number = line - 1;
  while (number > 0 && indentOf(source.line(number)) > here) number--;
  const above = source.line(number);
  if (indentOf(above) !== here || !/^\s*- /.test(above)) return undefined;
  const column = keyColumn(above);
  const start = source.offset(line) + here;
  const at = source.ref(start, start + source.line(line).trim().length);
  const message = "this line stands where items of the list begin, without a -";
  const diagnostic = finding("spec/yaml-syntax", at, message, {
    help: `begin it with - if it is an item of its own; indent it by ${column} blanks if it belongs to the one above`,
  });
  return { diagnostic, column };
}

const indentOf = (line: string): number =>
  isText(line) ? line.length - line.trimStart().length : Number.POSITIVE_INFINITY;

/** Columns in which keys above begin, that of the line before first. */
export function columnsAbove(source: SourceText, from: number): readonly number[] {
  const columns = new Set<number>();
  for (let number = from - 1; number > 0 && number >= from - linesAbove; number--) {
    if (isText(source.line(number))) columns.add(keyColumn(source.line(number)));
  }
  return [...columns];
}

/** So far up a block is looked for that a line may go with. */
const linesAbove = 30;

/** The line before is the one that stands out: those after it begin alike. */
export function standsOut(source: SourceText, { before, here, wanted }: Misaligned): Diagnostic {
  const start = source.offset(before) + (/^\s*/.exec(source.line(before))?.[0].length ?? 0);
  const at = source.ref(start, start + source.line(before).trim().length);
  const message = `this line begins after ${wanted} blanks, and those after it after ${here}`;
  return finding("spec/yaml-syntax", at, message, {
    help: `indent all alike, if they belong together: ${here} blanks`,
  });
}

function next(source: SourceText, from: number): number {
  for (let number = from + 1; number <= from + 20; number++) {
    if (isText(source.line(number))) return number;
  }
  return from;
}

function previous(source: SourceText, from: number): number {
  for (let number = from - 1; number > 0; number--) if (isText(source.line(number))) return number;
  return from;
}
