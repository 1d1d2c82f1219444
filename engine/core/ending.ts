import type { Failure } from "../errors/failure.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { Json } from "../model/json.ts";
import type { RunStatus } from "../model/run.ts";
import { conform } from "../steps/shared/conform.ts";
import { ownFailure } from "../steps/shared/own-fault.ts";
import { answerEnd } from "./answer.ts";
import type { Draft } from "./draft.ts";
import { parked } from "./parked.ts";
import { rootFrame } from "./frame.ts";
import { evaluateIn, scopeAt } from "./scope.ts";

const outputPath = "output";

/** The run is done: makes its output. An output that cannot be made parks the run. */
export function endDone(draft: Draft): RunStatus {
  const { name, output, returns, at } = draft.flow;
  let value: Json = null;
  try {
    const scope = scopeAt(draft, rootFrame("steps"));
    if (output !== undefined) value = evaluateIn(draft, outputPath, output, scope) ?? null;
    const blame = { code: "flow/output-breach", what: `the output of ${name}`, at };
    value = conform(value, returns, draft.input.generation, blame);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = ownFailure(error, outputPath);
    draft.patch(outputPath, { status: "failed", park: "invalid", error: failure });
    return parked(draft, "invalid", failure);
  }
  answerEnd(draft, { output: value });
  return end(draft, "done", { output: value });
}

/** The one step that was replayed is done: the run has no output of its own. */
export function endSingle(draft: Draft): RunStatus {
  return end(draft, "done", { output: null });
}

/** A `stop` step: nothing is wrong, and nothing is undone. */
export function endStopped(draft: Draft): RunStatus {
  answerEnd(draft, { output: null });
  return end(draft, "stopped", { output: null });
}

/** A business end; what was done is undone by now. */
export function endFailed(draft: Draft): RunStatus {
  const failure = draft.state.error ?? unknownFailure;
  answerEnd(draft, { failure });
  return end(draft, "failed", { failure });
}

const unknownFailure: Failure = { class: "business", code: "core/failed", message: "failed" };

/** A child run that undid its steps for its parent. */
export function endCompensated(draft: Draft): RunStatus {
  draft.endPath = draft.state.compensates;
  delete draft.state.compensates;
  return end(draft, "done", { output: null });
}

function end(draft: Draft, status: RunStatus, notice: NonNullable<Draft["end"]>): RunStatus {
  draft.state.phase = "ended";
  draft.state.endedAs = status;
  draft.end = notice;
  draft.note("", status);
  return status;
}
