import type { Failure } from "../../errors/failure.ts";
import { ExpressionError } from "../../model/evaluation-error.ts";

/**
 * A spec, mapping or schema of ours makes no sense with this message: thrown inside a step, caught
 * by the walk, which parks the run there. Nothing is undone; it goes on from that step.
 */
export class OwnFault extends ExpressionError {}

/** The failure that parks a run as invalid. Its code has a room, since the engine says it. */
export function ownFailure(error: ExpressionError, path: string): Failure {
  return {
    class: "invalid",
    code: error.code,
    message: error.help === undefined ? error.message : `${error.message} (${error.help})`,
    at: error.at,
    path,
  };
}
