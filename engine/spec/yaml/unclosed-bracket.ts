import type { SourceRef } from "../../errors/diagnostic.ts";
import type { SourceText } from "./source-text.ts";

const closers: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** Quoted texts and comments, as long as they are: brackets in them close nothing. */
const silent = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:^|\s)#.*$/g;

/** The last bracket before the end of a line that nothing closes. */
export function unclosedBracket(
  source: SourceText,
  until: number,
): { readonly at: SourceRef; readonly bracket: string; readonly closer: string } | undefined {
  let closed = 0;
  for (let number = until; number > 0; number--) {
    const line = source.line(number).replaceAll(silent, (text) => " ".repeat(text.length));
    for (let column = line.length - 1; column >= 0; column--) {
      const bracket = line[column] ?? "";
      if (bracket === "}" || bracket === "]") closed++;
      const closer = closers[bracket];
      if (closer === undefined) continue;
      if (closed === 0) {
        const start = source.offset(number) + column;
        return { at: source.ref(start, start + 1), bracket, closer };
      }
      closed--;
    }
  }
  return undefined;
}
