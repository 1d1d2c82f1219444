import type { SourceRef } from "./diagnostic.ts";
import { textWidth } from "./text-width.ts";

/** Columns of source shown; longer lines are cut around the place that is meant. */
const columnsMax = 96;
const tab = "    ";

/**
 * The line of a place with a caret under it:
 *
 * ```text
 *    |
 * 12 |     rout:
 *    |     ^~~~
 * ```
 *
 * Tabs become blanks and wide characters count double, so that the caret stands where it should.
 * `undefined` when the text does not have the line.
 */
export function codeFrame(text: string, at: SourceRef): readonly string[] | undefined {
  const line = text.split("\n")[at.line - 1]?.replace(/\r$/, "");
  if (line === undefined) return undefined;
  const start = Math.min(at.column - 1, line.length);
  const end = Math.min(start + Math.max(1, at.length), Math.max(line.length, start + 1));
  const before = show(line.slice(0, start));
  const meant = show(line.slice(start, end));
  const cut = trim(before, meant, show(line.slice(end)));
  const gutter = " ".repeat(Math.max(2, String(at.line).length));
  const number = String(at.line).padStart(gutter.length);
  const caret = `^${"~".repeat(Math.max(0, textWidth(cut.meant) - 1))}`;
  return [
    `${gutter} |`,
    `${number} | ${cut.before}${cut.meant}${cut.after}`.trimEnd(),
    `${gutter} | ${" ".repeat(textWidth(cut.before))}${caret}`,
  ];
}

/** Control characters would move the terminal's cursor. */
function show(text: string): string {
  return text.replaceAll("\t", tab).replaceAll(/[\p{Cc}\u2028\u2029]/gu, "�");
}

interface Parts {
  readonly before: string;
  readonly meant: string;
  readonly after: string;
}

/** Keeps the place in view: what is meant first, then what stands around it. */
function trim(before: string, meant: string, after: string): Parts {
  if (before.length + meant.length + after.length <= columnsMax) return { before, meant, after };
  const kept = meant.length > columnsMax - 20 ? `${meant.slice(0, columnsMax - 21)}…` : meant;
  const room = columnsMax - kept.length;
  const left = Math.min(before.length, Math.max(room - after.length, Math.floor(room / 2)));
  const right = Math.max(0, room - left);
  return {
    before: left < before.length ? `…${before.slice(before.length - left + 1)}` : before,
    meant: kept,
    after: right < after.length ? `${after.slice(0, Math.max(0, right - 1))}…` : after,
  };
}
