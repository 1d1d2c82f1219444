import type { Span } from "./span.ts";
import { tokens } from "./token.ts";

/** What other languages write, and how JSONata says it. */
interface Foreign {
  /** What stands at the place where the text stops being JSONata. */
  readonly here?: RegExp;
  /** What stands before it. */
  readonly before?: RegExp;
  readonly help: string;
}

const choice = "a choice is written condition ? one : other";
const comment = "a comment is written /* … */, not // and not #";

const foreign: readonly Foreign[] = [
  { here: /^\|/, help: '"||" is written or; what stands for absence follows ??' },
  { before: /\|\s*$/, help: '"||" is written or; what stands for absence follows ??' },
  { here: /^\*\*/, help: "a power is written $power(a, b)" },
  { here: /^~/, before: /=$/, help: "a match is written $contains(text, /pattern/)" },
  { here: /^\/\//, help: comment },
  { here: /^\//, before: /\/$/, help: comment },
  { before: /#\s*$/, help: comment },
  { here: /^\.\./, help: "of several one is made by $merge([a, b]), of lists by $append(a, b)" },
  { here: /^!/, help: "write $not(…)" },
  { here: /^[-+]/, before: /[-+]$/, help: "nothing is counted up in place: write a + 1" },
  { here: /^(?:then|else)\b/i, help: choice },
  { before: /\bif\b[^{}]*$/, help: choice },
  { here: /^(?:AND|OR|IN)\b/, help: "and, or and in are written in small letters" },
  {
    here: /^(?:includes|contains|like|matches|startsWith|endsWith)\b/i,
    help: "write $contains(text, part), or value in list",
  },
  { before: /\bnot\s+$/i, help: "write $not(…)" },
  { before: /\btypeof\s+$/, help: "write $type(…)" },
  { before: /\b(?:let|var|const)\s+$/, help: "a variable is bound by ( $x := …; … )" },
  { before: /\breturn\s+$/, help: "the last expression within ( … ) is its value" },
  { before: /\bnew\s+$/, help: "nothing is made by new; times and numbers come from functions" },
  {
    before: /\b(?:fn|func|lambda|def)\s*\([^()]*\)\s*\{[^{}]*$/,
    help: "a function is written function($x) { … }",
  },
  {
    here: /^;/,
    before: /^\s*\$\w+\s*:=/,
    help: "several expressions stand within ( … ): write ( $x := …; … )",
  },
  { here: /^;/, help: "members and items are parted by commas; ; stands within ( … ) alone" },
  { here: /^:/, before: /\benv$/i, help: "a value of the environment is $env.NAME" },
  { before: /\$\s*$/, here: /^\{/, help: "a JSONata text takes paths as they are, without ${ … }" },
];

/** How to write what another language writes at this place. */
export function foreignHelp(text: string, [start]: Span): string | undefined {
  const before = text.slice(Math.max(0, start - 120), start);
  const here = text.slice(start, start + 40);
  return foreign.find((one) => (one.here?.test(here) ?? true) && (one.before?.test(before) ?? true))
    ?.help;
}

/** A text that goes on over the end of its line and ends before the place: its closing quote is missing. */
export function openedBefore(text: string, [start]: Span): Span | undefined {
  let last: Span | undefined;
  for (const token of tokens(text)) {
    if (token.start >= start) break;
    const isOverLines =
      token.kind === "string" && text.slice(token.start, token.end).includes("\n");
    if (isOverLines) last = [token.start, text.indexOf("\n", token.start)];
  }
  return last;
}
