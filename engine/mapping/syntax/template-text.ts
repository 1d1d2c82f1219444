import { tokens } from "./token.ts";

/** Literal text, or an expression with the offset of its first character. */
export type TemplatePart = string | { readonly start: number; readonly text: string };

/** Splits a text at its `${ … }`. An expression ends where JSONata's own tokens say so. */
export function splitTemplate(
  text: string,
):
  | { readonly parts: readonly TemplatePart[] }
  | { readonly open: number; readonly because: string } {
  const parts: TemplatePart[] = [];
  let literal = "";
  let at = 0;
  for (;;) {
    const found = text.indexOf("${", at);
    if (found === -1) break;
    if (text.charAt(found - 1) === "\\" && found > at) {
      literal += `${text.slice(at, found - 1)}\${`;
      at = found + 2;
      continue;
    }
    const end = closing(text, found + 2);
    if (typeof end === "string") return { open: found, because: end };
    literal += text.slice(at, found);
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push({ start: found + 2, text: text.slice(found + 2, end) });
    at = end + 1;
  }
  literal += text.slice(at);
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return { parts };
}

const reasons = {
  "open-string": ": a text within has no closing quote",
  "open-comment": ": a comment within has no closing */",
  "open-name": ": a name within has no closing backtick",
  "open-regex": ": a regular expression within has no closing /",
} as const;

/** Offset of the brace that closes the expression, or why there is none. */
function closing(text: string, from: number): number | string {
  let depth = 0;
  const iterator = tokens(text, from);
  for (;;) {
    const step = iterator.next();
    if (step.done === true) return step.value === undefined ? "" : reasons[step.value.reason];
    const { kind, start } = step.value;
    if (kind !== "operator") continue;
    const char = text.charAt(start);
    if (char === "{") depth += 1;
    if (char === "}" && depth === 0) return start;
    if (char === "}") depth -= 1;
  }
}
