import type { ScalarNode } from "../node.ts";
import { scalarPlace, type ScalarStyle } from "../scalar-place.ts";
import { type Cursor, giveUp } from "./cursor.ts";

/** A scalar that stands on the current line. */
export function scalarNode(
  c: Cursor,
  range: { readonly start: number; readonly end: number },
  style: ScalarStyle,
  value: ScalarNode["value"],
): ScalarNode {
  const text =
    style === "plain" && typeof value !== "string"
      ? c.text.slice(range.start, range.end)
      : String(value ?? "");
  return {
    kind: "scalar",
    value,
    text,
    quoted: style !== "plain",
    at: c.ref(range.start, range.end),
    place: scalarPlace(c.source, range, style, text),
  };
}

/** The first signs that are YAML's own: tags, anchors, directives and what is reserved. */
const indicators = new Set(Array.from("-?:,[]{}#&*!|>'\"%@`", (sign) => sign.charCodeAt(0)));

/** Refuses what is no plain scalar, or one whose first sign means something. */
export function checkPlainStart(c: Cursor): void {
  const code = c.code();
  if (!indicators.has(code) && code < 0x7f) return;
  // `-1`, `-x`: a dash that no blank follows.
  const next = c.code(1);
  const isWord = code === 45 && next > 32 && next !== 44 && next !== 91 && next !== 93;
  if (!isWord || next === 123 || next === 125) giveUp();
}

/** A plain scalar's value by YAML 1.2's core schema; numbers that lose something are not simple. */
export function plainValue(text: string): ScalarNode["value"] {
  const code = text.charCodeAt(0);
  // Letters other than those of true, false and null begin a text, and so do signs.
  const mayBeNumber = (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
  if (mayBeNumber) return numberOrText(text);
  switch (text) {
    case "~":
    case "null":
    case "Null":
    case "NULL":
      return null;
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    default:
      return text;
  }
}

const decimal = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** Hexadecimal, octal, infinite, or no number. */
const otherNumber = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function numberOrText(text: string): number | string {
  if (!decimal.test(text)) return otherNumber.test(text) ? giveUp() : text;
  // Codes such as 007 lose something as numbers.
  if (/^[-+]?0[0-9]/.test(text)) giveUp();
  const value = Number.parseFloat(text);
  const keepsAll = /^[-+]?[0-9]+$/.test(text)
    ? Number.isSafeInteger(value)
    : Number.isFinite(value);
  return keepsAll ? value : giveUp();
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "/": "/" };

/** A quoted scalar that ends on its line; the cursor stands behind it afterwards. */
export function quotedValue(c: Cursor): string {
  const mark = c.text.charAt(c.at);
  const start = c.at + 1;
  let from = start;
  for (;;) {
    const end = c.text.indexOf(mark, from);
    if (end < 0 || end >= c.lineEnd) return giveUp();
    if (mark === "'" && c.text.charAt(end + 1) === "'") {
      from = end + 2;
      continue;
    }
    if (mark === '"' && isEscaped(c.text, start, end)) {
      from = end + 1;
      continue;
    }
    const inner = c.text.slice(start, end);
    c.at = end + 1;
    return mark === "'" ? inner.replaceAll("''", "'") : unescaped(inner);
  }
}

function isEscaped(text: string, start: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > start && text.charCodeAt(at - slashes - 1) === 92) slashes++;
  return slashes % 2 === 1;
}

function unescaped(inner: string): string {
  if (!inner.includes("\\")) return inner;
  return inner.replaceAll(/\\(.?)/g, (_, sign: string) =>
    sign === "\\" ? "\\" : (escapes[sign] ?? giveUp()),
  );
}
