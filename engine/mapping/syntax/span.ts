import type { Fault } from "../value/fault.ts";
import { tokens } from "./token.ts";
import type { TokenError } from "./token.ts";

/** Start and end of a part of the text. */
export type Span = readonly [start: number, end: number];

/** The part of the text that a fault is about; the parser counts from the end of a token. */
export function spanOfFault(fault: Fault, text: string): Span {
  if (fault.span !== undefined) return fault.span;
  const end = fault.position;
  if (end === undefined) return whole(text);
  if (fault.code === "S0103" || fault.code === "S0104") return [end - 1, end + 1];
  const iterator = tokens(text);
  let step = iterator.next();
  for (; step.done !== true; step = iterator.next()) {
    if (step.value.end === end) return [step.value.start, end];
  }
  const broken: TokenError | undefined = step.value;
  if (broken !== undefined) return [broken.start, broken.start + 1];
  const last = text.trimEnd().length;
  return end >= last ? [last, last + 1] : [Math.max(0, end - 1), Math.max(1, end)];
}

function whole(text: string): Span {
  const start = text.length - text.trimStart().length;
  return [start, Math.max(start + 1, text.trimEnd().length)];
}
