import type { Fault } from "./value/fault.ts";
import { typeName } from "./value/basic.ts";
import { limits } from "./value/limit.ts";

/** How one of the reference's codes, or of ours, is said to people. */
interface Explanation {
  /** Behind `mapping/`. */
  readonly reason: string;
  readonly says: (fault: Fault) => string;
  readonly help?: string;
}

const quote = (value: unknown): string => `"${word(value)}"`;
const show = (value: unknown): string => {
  const text = typeof value === "string" ? quote(value) : safeJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

function safeJson(value: unknown): string {
  if (typeof value === "object" && value !== null) return typeName(value);
  return String(value);
}

const word = (value: unknown): string => (typeof value === "string" ? value : safeJson(value));
const given = (fault: Fault): string =>
  fault.value === undefined
    ? "nothing was given"
    : `${typeName(fault.value)} was given: ${show(fault.value)}`;
const at = (fault: Fault): string =>
  fault.token === undefined ? "" : ` of \`${word(fault.token)}\``;
const call = (fault: Fault): string =>
  fault.token === undefined ? "the function" : `\`$${word(fault.token)}\``;
const fixed = (text: string) => (): string => text;

const say = (
  reason: string,
  says: string | ((fault: Fault) => string),
  help?: string,
): Explanation => ({
  reason,
  says: typeof says === "string" ? fixed(says) : says,
  ...(help === undefined ? {} : { help }),
});

const tooLarge = "an expression is for reshaping one message; split it, or do the work elsewhere";
const decimals = "decimals are texts: use $add, $sub, $mul, $gte and their like";

/** Faults while an expression is evaluated, by code. */
const evaluation: Readonly<Record<string, Explanation>> = {
  "absent-path": say("absent-path", (fault) => String(fault.value)),
  "empty-operand": say(
    "empty-operand",
    "the operand is nothing: a selection without match, or a function without result",
    "give it a value by `?? …`, or count or test it by `$count(…)`, `$exists(…)`",
  ),
  "yields-nothing": say(
    "yields-nothing",
    "the expression yields nothing",
    "give it a value by `?? …`; where nothing is meant, write `$optional(…)`",
  ),
  "out-of-fuel": say(
    "out-of-fuel",
    `the expression does not end within ${limits.fuel} steps`,
    tooLarge,
  ),
  "text-too-long": say(
    "text-too-long",
    `the text would exceed ${limits.text} characters`,
    tooLarge,
  ),
  "result-too-large": say(
    "result-too-large",
    `the result would exceed ${limits.nodes} values or ${limits.characters} characters`,
    tooLarge,
  ),
  "picture-too-long": say(
    "picture-too-long",
    (fault) => `the picture asks for too many digits: ${show(fault.value)}`,
  ),
  "eval-refused": say("eval-refused", "$eval is not available", "write the expression itself"),
  "transform-outside": say(
    "transform-outside",
    "the pattern of the transform selects what is not part of the value it changes",
    "select by a path from the context, not by $$ or another variable",
  ),
  "library-function": say("function-argument", (fault) => fault.message ?? ""),
  "unknown-code": say("unknown-code", (fault) => fault.message ?? ""),
  "no-adapter": say("no-adapter", (fault) => fault.message ?? ""),
  D1001: say("number-out-of-range", "the number is infinite"),
  D1002: say("operand-not-number", (fault) => `- needs a number; ${given(fault)}`),
  T1003: say("key-not-text", (fault) => `the key of an object must be a text; ${given(fault)}`),
  D1004: say(
    "empty-match",
    (fault) => `the pattern ${show(fault.value)} matches the empty text for ever`,
  ),
  T1005: say(
    "unknown-function",
    (fault) => `\`${word(fault.token)}\` is called without its $`,
    "write the name with $",
  ),
  T1006: say("not-a-function", (fault) => `${call(fault)} is called, but is no function`),
  T1007: say(
    "unknown-function",
    (fault) => `\`${word(fault.token)}\` is applied without its $`,
    "write the name with $",
  ),
  T1008: say("not-a-function", (fault) => `${call(fault)} is applied, but is no function`),
  D1009: say(
    "duplicate-key",
    (fault) => `two entries of the object have the key ${show(fault.value)}`,
  ),
  T1010: say("bad-matcher", "the matcher gives no object with match, start, end, groups and next"),
  D1011: say(
    "too-deep",
    `calls or data are nested deeper than ${limits.depth}`,
    "check that the recursion ends",
  ),
  D1013: say("reserved-key", (fault) => `the key ${show(fault.value)} is reserved`),
  T2001: say(
    "operand-not-number",
    (fault) => `the left side${at(fault)} must be a number; ${given(fault)}`,
    decimals,
  ),
  T2002: say(
    "operand-not-number",
    (fault) => `the right side${at(fault)} must be a number; ${given(fault)}`,
    decimals,
  ),
  T2003: say(
    "range-not-integer",
    (fault) => `the left side of .. must be an integer; ${given(fault)}`,
  ),
  T2004: say(
    "range-not-integer",
    (fault) => `the right side of .. must be an integer; ${given(fault)}`,
  ),
  T2006: say(
    "not-a-function",
    (fault) => `the right side of ~> must be a function; ${given(fault)}`,
  ),
  T2007: say(
    "mixed-types",
    (fault) => `cannot sort ${show(fault.value)} against ${show(fault.value2)}: their types differ`,
  ),
  T2008: say("not-comparable", (fault) => `can sort by texts or numbers only; ${given(fault)}`),
  T2009: say(
    "mixed-types",
    (fault) => `cannot compare ${show(fault.value)} with ${show(fault.value2)}: their types differ`,
    "decimals and times are texts: compare them by $lt, $gte, $before",
  ),
  T2010: say(
    "not-comparable",
    (fault) => `${word(fault.token)} compares numbers or texts; ${given(fault)}`,
  ),
  T2011: say(
    "bad-transform",
    (fault) => `the update of a transform must be an object; ${given(fault)}`,
  ),
  T2012: say("bad-transform", (fault) => `the names to delete must be texts; ${given(fault)}`),
  T2013: say("bad-transform", "$clone is bound to what is no function"),
  D2014: say(
    "list-too-long",
    (fault) => `a list of ${show(fault.value)} items is too long`,
    tooLarge,
  ),
  D2015: say("list-too-long", `a list may hold ${limits.items} items`, tooLarge),
  D3001: say("number-out-of-range", "an infinite number has no text"),
  D3010: say("bad-argument", "the pattern of $replace is empty"),
  D3011: say("bad-argument", "the limit of $replace is negative"),
  D3012: say("bad-argument", (fault) => `the replacement must be a text; ${given(fault)}`),
  D3020: say("bad-argument", "the limit of $split is negative"),
  D3030: say("not-a-number", (fault) => `cannot read a number from ${show(fault.value)}`),
  D3040: say("bad-argument", "the limit of $match is negative"),
  D3050: say("bad-argument", "the function given to $reduce must take two arguments"),
  D3060: say("number-out-of-range", (fault) => `${show(fault.value)} has no square root`),
  D3061: say("number-out-of-range", (fault) => `the power of ${show(fault.value)} is too large`),
  D3070: say(
    "mixed-types",
    "$sort alone sorts numbers or texts, not both",
    "give it a function to compare by",
  ),
  D3100: say("bad-argument", (fault) => `the radix must be 2 to 36; ${given(fault)}`),
  D3110: say("not-a-time", (fault) => `${show(fault.value)} is no ISO 8601 time`),
  D3136: say("not-a-time", "the picture lacks parts that a time needs"),
  D3137: say("raised", (fault) => fault.message ?? "$error was called"),
  D3138: say("not-single", "$single found more than one item"),
  D3139: say("not-single", "$single found no item"),
  D3140: say("bad-url", (fault) => `${show(fault.value)} cannot be coded as part of a URL`),
  D3141: say("raised", (fault) => fault.message ?? "$assert failed"),
  T0410: say(
    "bad-argument",
    (fault) =>
      `argument ${fault.index ?? "?"} of ${call(fault)} has the wrong type; ${given(fault)}`,
  ),
  T0411: say(
    "bad-argument",
    (fault) =>
      `the context does not fit argument ${fault.index ?? "?"} of ${call(fault)}; ${given(fault)}`,
  ),
  T0412: say(
    "bad-argument",
    (fault) =>
      `argument ${fault.index ?? "?"} of ${call(fault)} must be a list of ${fault.type ?? "another type"}`,
    fixed("decimals are texts: sum them by $total")(),
  ),
};

/** What most likely stands before a sign that begins nothing. */
const misplaced: Readonly<Record<string, string>> = {
  "=": 'equality is one "=", not "=="; its opposite is "!="',
  ">": "a function is written function($x) { … }, not x => …",
  "&": '"&&" is written and',
  "|": '"||" is written or',
  ".": "there is no ?. here; what may be absent is guarded by ?? behind the path",
  "}": "is there a comma too many before it?",
  "]": "is there a comma too many before it?",
  ")": "is there a comma too many before it?",
};

/** Faults while an expression is read, by code. */
const syntax: Readonly<Record<string, Explanation>> = {
  S0101: say("syntax", "the text has no closing quote"),
  S0102: say("syntax", (fault) => `the number ${word(fault.token)} is out of range`),
  S0103: say(
    "syntax",
    (fault) => `\\${word(fault.token)} is no escape sequence`,
    'write \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hex digits',
  ),
  S0104: say("syntax", "\\u needs four hex digits"),
  S0105: say("syntax", "the name has no closing backtick"),
  S0106: say("syntax", "the comment has no closing */"),
  S0201: say(
    "syntax",
    (fault) => `unexpected ${quote(fault.token)}`,
    "an operator or the end of the expression would be right here",
  ),
  S0202: say("syntax", (fault) => {
    const isDoubled = fault.value === ":" && fault.token === "}";
    const hint = isDoubled ? "; an expression stands in one pair of braces: ${ … }" : "";
    // Where a list or map could end, the next item lacks its comma; a sign would be something else.
    const goesOn = /^[}\]]$/.test(word(fault.value)) && /^[\w"'$`]/.test(word(fault.token));
    if (goesOn) return `a comma or ${quote(fault.value)} is missing before ${quote(fault.token)}`;
    const isMember = fault.value === ":" && /^[,}]$/.test(word(fault.token)) && !isDoubled;
    if (isMember) return `expected ":" before ${quote(fault.token)}: a member is "name": value`;
    return `expected ${quote(fault.value)}, got ${quote(fault.token)}${hint}`;
  }),
  S0203: say("syntax", (fault) => `expected ${quote(fault.value)} before the end`),
  S0204: say("syntax", (fault) => `unknown operator ${quote(fault.token)}`),
  S0207: say("syntax", "the expression ends too early"),
  S0208: say(
    "syntax",
    (fault) => `parameter ${String(fault.value)} of a function must be a variable`,
    "write it with $",
  ),
  S0209: say("syntax", "a predicate cannot follow a grouping"),
  S0210: say("syntax", "a step can have one grouping only"),
  S0211: say("syntax", (fault) => {
    const hint = misplaced[word(fault.token)];
    return `${quote(fault.token)} cannot begin an expression${hint === undefined ? "" : `; ${hint}`}`;
  }),
  S0212: say("syntax", "the left side of := must be a variable", "write it with $"),
  S0213: say(
    "syntax",
    (fault) => `the literal ${show(fault.value)} cannot be a step of a path`,
    "an item of a list is [0]; a member that is no plain name stands in backticks",
  ),
  S0214: say(
    "syntax",
    (fault) => `the right side of ${word(fault.token)} must be a variable`,
    "write it with $",
  ),
  S0215: say("syntax", "@ must stand before the predicates of its step"),
  S0216: say("syntax", "@ must stand before the sorting of its step"),
  S0217: say("syntax", "% has no parent to give here"),
  S0301: say("syntax", "the regular expression is empty", "a comment is written /* … */, not //"),
  S0302: say("syntax", "the regular expression has no closing /"),
  S0401: say("syntax", "type parameters go with a and f only"),
  S0402: say("syntax", "types within a choice cannot have parameters"),
  "too-deep": say("too-deep", "the expression is nested too deeply"),
  "too-many-copies": say(
    "too-deep",
    (fault) =>
      `to the left of this ${word(fault.token)} stand too many others in brackets: JSONata copies the left side of each`,
    "write `a ?? b ?? c` without brackets, or bind the left side before: ( $x := …; $x ?? … )",
  ),
  "bad-pattern": say(
    "bad-pattern",
    (fault) => fault.message ?? "the regular expression is not valid",
  ),
};

/** A fault in words: code of this room, sentence, and what to do. */
export function explain(fault: Fault): {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
} {
  const found = evaluation[fault.code] ?? syntax[fault.code];
  const message = found?.says(fault) ?? fault.message ?? `the expression fails (${fault.code})`;
  const help = fault.help ?? found?.help;
  const isSyntax = fault.code.startsWith("S");
  return {
    code: `mapping/${found?.reason ?? (isSyntax ? "syntax" : "bad-argument")}`,
    message,
    ...(help === undefined ? {} : { help }),
  };
}
