import type { Document } from "yaml";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { columnsAbove, fitsAfter, lacksDash, misaligned, standsOut } from "./explain-error.ts";
import type { SourceText } from "./source-text.ts";

/** Each move is a reading of the text: of a longer one, only what the parser says is told. */
const charactersMost = 100_000;

/** A text of which one line begins elsewhere. */
interface Realigned {
  readonly diagnostic: Diagnostic;
  readonly text: string;
  readonly document: Document.Parsed;
}

/**
 * One wrong indentation lets the parser lose its way, and it complains of lines far below. Of the two
 * lines that do not fit together, the one is taken for wrong whose move leaves the fewest errors; what
 * is left then is another mistake. `undefined` where moving neither helps.
 */
export function realign(
  source: SourceText,
  document: Document.Parsed,
  read: (text: string) => Document.Parsed | undefined,
): Realigned | undefined {
  if (source.text.length > charactersMost) return undefined;
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const found = first === undefined ? undefined : misaligned(source, first);
  if (first === undefined || found === undefined) return undefined;
  const { line, before, here, wanted } = found;
  const moves = columnsAbove(source, line)
    .filter((column) => column !== here)
    .flatMap((column) => {
      const after = tried(source, { number: line, by: column - here }, read);
      return after === undefined ? [] : [{ ...after, column }];
    });
  const [best] = moves.toSorted(byMerit);
  const other = tried(source, { number: before, by: here - wanted }, read);
  const least = best === undefined ? document.errors.length : best.document.errors.length;
  if (
    other !== undefined &&
    other.document.errors.length < Math.min(least, document.errors.length)
  ) {
    return { ...other, diagnostic: standsOut(source, found) };
  }
  if (best === undefined || least >= document.errors.length) return undefined;
  const item = lacksDash(source, found);
  const inItem = moves.find(({ column }) => column === item?.column);
  return item !== undefined && inItem !== undefined && inItem.document.errors.length <= least
    ? { ...inItem, diagnostic: item.diagnostic }
    : { ...best, diagnostic: fitsAfter(source, found, best.column) };
}

interface Tried extends Omit<Realigned, "diagnostic"> {
  readonly by: number;
}

function tried(
  source: SourceText,
  { number, by }: { readonly number: number; readonly by: number },
  read: (text: string) => Document.Parsed | undefined,
): Tried | undefined {
  const text = moved(source.text, number, by);
  const document = read(text);
  return document === undefined ? undefined : { text, document, by };
}

/** The fewest errors first; of moves that do as well, the shorter; of two as long, the one to the left. */
function byMerit(one: Tried, other: Tried): number {
  return (
    one.document.errors.length - other.document.errors.length ||
    Math.abs(one.by) - Math.abs(other.by) ||
    one.by - other.by
  );
}

function moved(text: string, number: number, by: number): string {
  const lines = text.split("\n");
  const line = lines[number - 1] ?? "";
  lines[number - 1] = by > 0 ? " ".repeat(by) + line : line.replace(new RegExp(`^ {0,${-by}}`), "");
  return lines.join("\n");
}
