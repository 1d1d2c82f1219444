import { tokens } from "./token.ts";

const closers: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

interface Open {
  readonly start: number;
  readonly bracket: string;
  /** Blanks before its line's first sign. */
  readonly indent: number;
}

/**
 * The bracket that nothing closes, in a text that ends before all are closed. One that begins a line
 * closes what was opened on a line indented alike: what was opened deeper stays open.
 */
export function unclosed(text: string): (Open & { readonly closer: string }) | undefined {
  const stack: Open[] = [];
  let deeper: Open | undefined;
  for (const { kind, start, end } of tokens(text)) {
    const sign = text.slice(start, end);
    if (kind !== "operator") continue;
    const { indent, isFirst } = placeOf(text, start);
    if (closers[sign] !== undefined) stack.push({ start, bracket: sign, indent });
    else if (Object.values(closers).includes(sign)) {
      const last = stack.pop();
      if (isFirst && last !== undefined && last.indent > indent) deeper ??= last;
    }
  }
  const open = deeper ?? stack.at(-1);
  return open && { ...open, closer: closers[open.bracket] ?? "" };
}

function placeOf(text: string, at: number): { readonly indent: number; readonly isFirst: boolean } {
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const indent = /^\s*/.exec(before)?.[0].length ?? 0;
  return { indent, isFirst: indent === before.length };
}
