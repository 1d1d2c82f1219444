import type { Diagnostic, SourceRef } from "../errors/diagnostic.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { Place } from "./contract.ts";
import { explain } from "./explain.ts";
import { foreignHelp, openedBefore } from "./syntax/foreign.ts";
import { spanOfFault } from "./syntax/span.ts";
import { unclosed } from "./syntax/unclosed.ts";
import type { Span } from "./syntax/span.ts";
import { isFault } from "./value/fault.ts";
import type { Fault } from "./value/fault.ts";

/** A part of an expression as a place in its file. */
export function refOf(place: Place, [start, end]: Span): SourceRef {
  return place.ref(start, Math.max(1, end - start));
}

/** A fault as a finding about the spec. */
export function asDiagnostic(fault: Fault, text: string, place: Place): Diagnostic {
  const span = spanOfFault(fault, text);
  const found = explain(fault);
  if (found.code !== "mapping/syntax")
    return { ...found, severity: "error", at: refOf(place, span) };
  const opened = openedBefore(text, span);
  if (opened !== undefined) {
    const message = "the text that begins here has no closing quote on its line";
    return { ...found, severity: "error", at: refOf(place, opened), message, help: "end it" };
  }
  // The parser came to the end, which is right; where it began to go wrong stands before.
  const open = fault.code === "S0203" ? unclosed(text) : undefined;
  if (open !== undefined) {
    const { start, bracket, closer } = open;
    const message = `this "${bracket}" is never closed`;
    return {
      ...found,
      severity: "error",
      at: refOf(place, [start, start + 1]),
      message,
      help: `close it by ${closer}`,
    };
  }
  const help = foreignHelp(text, span) ?? found.help;
  const before = fault.code === "S0202" ? unclosed(text.slice(0, span[0])) : undefined;
  const related =
    before !== undefined && before.closer === fault.value
      ? [{ at: refOf(place, [before.start, before.start + 1]), message: "it is opened here" }]
      : undefined;
  return {
    ...found,
    severity: "error",
    at: refOf(place, span),
    ...(help === undefined ? {} : { help }),
    ...(related === undefined ? {} : { related }),
  };
}

/** What `evaluate` throws for what was thrown inside; other errors pass as they are. */
export function asExpressionError(error: unknown, text: string, place: Place): unknown {
  // The engine's own stack ran out: a result nested too deeply to be walked.
  if (error instanceof RangeError) return asExpressionError({ code: "D1011" }, text, place);
  if (!isFault(error) || error instanceof Error) return error;
  const { code, message, help } = explain(error);
  return new ExpressionError(code, message, refOf(place, spanOfFault(error, text)), help);
}
