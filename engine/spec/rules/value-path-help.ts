import type { SourceRef } from "../../errors/diagnostic.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import { SourceText } from "../yaml/source-text.ts";

/** Words of other languages that JSONata takes for names, and what it has for them. */
const words: Readonly<Record<string, string>> = {
  True: "true is written in small letters",
  TRUE: "true is written in small letters",
  False: "false is written in small letters",
  FALSE: "false is written in small letters",
  None: "nothing is written null",
  nil: "nothing is written null",
  NULL: "nothing is written null",
  Null: "nothing is written null",
  undefined: "whether a path is there says $exists(path); what stands for absence follows ??",
  this: "a path begins at the input, without a word for it",
  self: "a path begins at the input, without a word for it",
};
const sizes = new Set(["length", "size", "count"]);

/** What to do about a name that the schema does not have. */
export function pathHelp(
  segments: readonly string[],
  index: number,
  { written, candidates }: { readonly written: string; readonly candidates: readonly string[] },
): string {
  const word = segments[index] ?? "";
  const meant = index === 0 && Object.hasOwn(words, word) ? words[word] : undefined;
  if (meant !== undefined) return meant;
  const isLast = index === segments.length - 1 && written.endsWith(`.${word}`);
  const size = isLast ? sizeHelp(word, written.slice(0, -word.length - 1)) : undefined;
  return size ?? `it has ${listWords(candidates)}`;
}

/** How long or how many something is has a function. */
export function sizeHelp(word: string, of: string): string | undefined {
  if (!sizes.has(word) || of === "") return undefined;
  return `for how many there are, write $count(${of}); for the length of a text, $length(${of})`;
}

/** `data.order-number`: JSONata subtracts, where a name was meant. */
interface Subtracted {
  /** All of it. */
  readonly at: SourceRef;
  /** The name that was meant. */
  readonly name: string;
  /** Where the part behind the sign begins. */
  readonly rest: Pick<SourceRef, "line" | "column">;
}

/** What goes on behind the path with - and a name, without a blank. */
export function subtracted(
  file: { readonly path: string; readonly text: string },
  { line, column, length }: SourceRef,
): Subtracted | undefined {
  const source = new SourceText(file.path, file.text);
  const start = source.offset(line) + column - 1;
  const end = start + length;
  const [more, rest] = /^-([A-Za-z]\w*)/.exec(file.text.slice(end, end + 80)) ?? [];
  if (more === undefined || rest === undefined) return undefined;
  const [first] = /\w+$/.exec(file.text.slice(start, end)) ?? [];
  if (first === undefined) return undefined;
  return {
    at: source.ref(start, end + more.length),
    name: `${first}-${rest}`,
    rest: { line, column: column + length + 1 },
  };
}
