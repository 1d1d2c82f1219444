import type { SourceText } from "./source-text.ts";

/** So many lines up a block is looked for that the line may go with. */
const linesAbove = 100;
/** What editors show a tab as, the likeliest first. */
const widths = [4, 2, 8];

/** How many blanks a line that is indented by tabs most likely wants, by the lines before it. */
export function tabDepth(source: SourceText, number: number): number {
  const line = source.line(number);
  const above = linesBefore(source, number);
  const [before] = above;
  if (before === undefined) return 0;
  if (/:(?:\s+[|>][-+0-9]*|\s+[&!]\S+)*\s*(?:\s#.*)?$/.test(before)) return keyColumn(before) + 2;
  const isItem = /^\s*-(?:\s|$)/.test(line);
  const columns = openColumns(above, isItem);
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  const shown = widths.map((width) => indent.replaceAll("\t", " ".repeat(width)).length);
  const exact = shown.find((column) => columns.has(column));
  if (exact !== undefined) return exact;
  const [wanted = 0] = shown;
  const near = [...columns].toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
  return near[0] ?? wanted;
}

/** The lines before that hold something, the nearest first. */
function linesBefore(source: SourceText, number: number): readonly string[] {
  const lines: string[] = [];
  for (let at = number - 1; at > 0 && at >= number - linesAbove; at--) {
    const line = source.line(at);
    if (/^\s*[^\s#]/.test(line)) lines.push(line);
  }
  return lines;
}

/** Where the blocks begin that a line may go on with; what a line nearer by has ended is open no more. */
function openColumns(above: readonly string[], isItem: boolean): ReadonlySet<number> {
  const open = new Set<number>();
  let least = Number.POSITIVE_INFINITY;
  for (const line of above) {
    for (const column of isItem ? dashColumns(line) : [keyColumn(line)]) {
      if (column <= least) open.add(column);
    }
    least = Math.min(least, line.length - line.trimStart().length);
  }
  return open;
}

/** The column where keys begin: past blanks and dashes. */
export const keyColumn = (line: string): number => /^\s*(?:- +)*/.exec(line)?.[0].length ?? 0;

function dashColumns(line: string): readonly number[] {
  const [start = ""] = /^\s*(?:- +)*/.exec(line) ?? [];
  return [...start.matchAll(/-/g)].map(({ index }) => index);
}
