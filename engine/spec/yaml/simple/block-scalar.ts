import type { ScalarNode } from "../node.ts";
import { type Cursor, giveUp } from "./cursor.ts";
import { scalarNode } from "./scalar.ts";

/**
 * `|` and `>`, with `-` or without, whose lines are all indented alike or, under `|`, further. The
 * cursor stands at the start of the line after it.
 */
export function blockScalar(c: Cursor, parentIndent: number): ScalarNode {
  const start = c.at;
  const header = c.text.slice(start, c.lineEnd);
  const [, sign, chomp] = /^([|>])(-?)$/.exec(header) ?? giveUp();
  const top = { line: c.line, lineStart: c.lineStart, lineEnd: c.lineEnd };
  c.nextLine();
  const lines = linesOf(c, parentIndent);
  const end = c.lineStart;
  const text = sign === "|" ? lines.join("\n") : folded(lines);
  const after = { at: c.at, line: c.line, lineStart: c.lineStart, lineEnd: c.lineEnd };
  Object.assign(c, top);
  const made = scalarNode(c, { start, end }, "block", chomp === "" ? `${text}\n` : text);
  Object.assign(c, after);
  return made;
}

/** The lines without their indentation, and without the blank ones at the end. */
function linesOf(c: Cursor, parentIndent: number): readonly string[] {
  let indent = -1;
  const lines: string[] = [];
  for (; c.lineStart < c.text.length; c.nextLine()) {
    // A last line that no line feed ends has rules of its own.
    if (c.lineEnd === c.text.length) giveUp();
    c.skipSpaces();
    if (c.at >= c.lineEnd) {
      // Blanks on a line of blanks may be content.
      if (c.lineEnd > c.lineStart) giveUp();
      lines.push("");
      continue;
    }
    if (indent < 0) {
      indent = c.column;
      // Blank lines before the first belong to it, by rules of their own.
      if (indent <= parentIndent || indent === 0 || lines.length > 0) giveUp();
    }
    if (c.column < indent) {
      if (c.column > parentIndent && c.code() !== 35) giveUp();
      break;
    }
    lines.push(c.text.slice(c.lineStart + indent, c.lineEnd));
  }
  c.at = Math.min(c.lineStart, c.text.length);
  while (lines.at(-1) === "") lines.pop();
  return lines.length === 0 ? giveUp() : lines;
}

/** Lines become one; empty lines between them are line feeds, and what is indented further keeps its own. */
function folded(lines: readonly string[]): string {
  let text = lines[0] ?? "";
  let blanks = 0;
  let wasFurther = text.startsWith(" ");
  for (const line of lines.slice(1)) {
    if (line === "") {
      blanks++;
      continue;
    }
    const isFurther = line.startsWith(" ");
    const feeds = wasFurther || isFurther ? blanks + 1 : blanks;
    text += feeds === 0 ? ` ${line}` : `${"\n".repeat(feeds)}${line}`;
    blanks = 0;
    wasFurther = isFurther;
  }
  return text;
}
