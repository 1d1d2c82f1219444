import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { requoted } from "../yaml/repair-line.ts";

/**
 * What YAML misread has its finding; what the rest of it looks like as an expression is no second one.
 * Where only `${…}` is evaluated, the corrected line has it.
 */
export function withoutMisread(
  ofYaml: readonly Diagnostic[],
  ofWalk: readonly Diagnostic[],
  text: string,
): readonly Diagnostic[] {
  const misread = ofYaml.filter(({ code }) => code === "spec/misread-expression");
  if (misread.length === 0) return [...ofYaml, ...ofWalk];
  const lines = new Set(misread.map(({ at }) => at.line));
  const isSame = (at: SourceRef): boolean =>
    misread.some(({ at: { line, column } }) => line === at.line && column === at.column);
  const echoes = new Set(
    ofWalk.filter(
      ({ code, at }) => code === "spec/bare-expression" && misread.some((one) => holds(one.at, at)),
    ),
  );
  const kept = ofWalk.filter(
    (one) =>
      !echoes.has(one) &&
      (!one.code.startsWith("mapping/") || !lines.has(one.at.line)) &&
      (one.code !== "spec/wrong-type" || !isSame(one.at)),
  );
  const told = ofYaml.map((one) =>
    misread.includes(one) && [...echoes].some(({ at }) => holds(one.at, at))
      ? inBraces(one, text)
      : one,
  );
  return [...told, ...kept];
}

/** Quotes move what follows them by one. */
const holds = ({ line, column, length }: SourceRef, at: SourceRef): boolean =>
  at.line === line && at.column >= column && at.column <= column + length;

function inBraces(found: Diagnostic, text: string): Diagnostic {
  const { fix, at } = found;
  if (fix === undefined) return found;
  const line = text.split("\n")[at.line - 1] ?? "";
  const start = at.column - 1 - (line.length - line.trimStart().length);
  if (!/["']/.test(fix.charAt(start))) return found;
  return {
    ...found,
    fix: requoted(fix, start, (expression) => `\${ ${expression} }`),
    help: "put the expression in ${ } and in quotes: only there it is evaluated",
  };
}
