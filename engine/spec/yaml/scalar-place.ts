import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Place, ScalarStyle, Written } from "./node.ts";
import type { SourceText } from "./source-text.ts";

/**
 * Places inside a scalar. Quotes, escapes, folded lines and block indentation make value and source
 * differ; they are aligned character by character, and only when somebody asks. Characters other
 * than white space are exact; white space at a fold is as near as makes no difference.
 */
export function scalarPlace(source: SourceText, written: Written, value: string): Place {
  const { style, ...range } = written;
  if (style === "nothing") {
    const at = source.ref(range.start, range.end);
    return { file: source.file, ref: () => at };
  }
  let offsets: readonly number[] | undefined;
  let direct: number | undefined;
  const offsetOf = (offset: number): number => {
    direct ??= verbatimFrom(source.text, written, value) ?? -1;
    if (direct >= 0) return direct + offset;
    offsets ??= align(source.text, range, style, value);
    return offsets[offset] ?? offsets.at(-1) ?? range.start;
  };
  return {
    file: source.file,
    ref(offset: number, length: number): SourceRef {
      const start = offsetOf(Math.max(0, Math.min(offset, value.length)));
      const last = offsetOf(
        Math.max(0, Math.min(offset + Math.max(1, length) - 1, value.length - 1)),
      );
      return source.ref(start, Math.max(start, last) + 1);
    },
  };
}

/** Where the value begins, if its text is the value: as most are, with or without quotes. */
function verbatimFrom(
  text: string,
  { start, end, style }: Written,
  value: string,
): number | undefined {
  const quote = style === "double" || style === "single" ? 1 : 0;
  if (style === "block" || end - start !== value.length + 2 * quote) return undefined;
  // Escapes and folds only ever make a value shorter than its text.
  return style === "plain" || text.startsWith(value, start + quote) ? start + quote : undefined;
}

const blank = /[\s]/;
const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function align(
  text: string,
  range: { readonly start: number; readonly end: number },
  style: ScalarStyle,
  value: string,
): readonly number[] {
  const offsets: number[] = [];
  let at = style === "plain" ? range.start : range.start + (style === "block" ? 0 : 1);
  if (style === "block") {
    const header = text.indexOf("\n", at);
    at = header < 0 ? range.end : header + 1;
  }
  for (let i = 0; i < value.length; i++) {
    const wanted = value[i] ?? "";
    const here = text[at] ?? "";
    if (style === "double" && here === "\\" && !/[\r\n]/.test(text[at + 1] ?? "")) {
      const wide = (value.codePointAt(i) ?? 0) > 0xffff && text[at + 1] === "U";
      offsets.push(at);
      if (wide) {
        offsets.push(at);
        i++;
      }
      at += escapeLengths[text[at + 1] ?? ""] ?? 2;
    } else if (blank.test(wanted)) {
      offsets.push(at);
      if (here === wanted) at++;
    } else {
      at = skipFold(text, at, range.end, style);
      offsets.push(at);
      at += style === "single" && text.startsWith("''", at) ? 2 : 1;
    }
  }
  offsets.push(Math.min(at, range.end));
  return offsets;
}

/** Past white space that folding took away, and past `\` at the end of a double-quoted line. */
function skipFold(text: string, from: number, end: number, style: ScalarStyle): number {
  let at = from;
  while (at < end) {
    const here = text[at] ?? "";
    const continued = style === "double" && here === "\\" && /[\r\n]/.test(text[at + 1] ?? "");
    if (!continued && !blank.test(here)) break;
    at++;
  }
  return at;
}
