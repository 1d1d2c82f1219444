import type { SourceRef } from "../errors/diagnostic.ts";
import { FlowError } from "../errors/flow-error.ts";
import type { FactRequest } from "./expression.ts";

/**
 * An expression could not be evaluated: an absent path in a strict expression, a type error, a guard
 * (fuel, depth, size), an unknown code. Ours to mend, never the partner's.
 */
export class ExpressionError extends FlowError {
  /** The place of the offending part, not of the whole expression. */
  readonly at: SourceRef;

  constructor(code: string, message: string, at: SourceRef, help?: string) {
    super(code, message, help === undefined ? {} : { help });
    this.at = at;
  }
}

/** Evaluation stopped at a fact that is not known yet: fetch it and evaluate again. */
export class NeedsFact extends Error {
  readonly request: FactRequest;

  constructor(request: FactRequest) {
    super(`needs a fact: ${request.kind}`);
    this.name = "NeedsFact";
    this.request = request;
  }
}

const absences: ReadonlySet<string> = new Set(["mapping/absent-path", "mapping/empty-operand"]);

/** True where something is not there: a path, or a selection without a match. */
export function isAbsence(error: unknown): boolean {
  return error instanceof ExpressionError && absences.has(error.code);
}
