import type { Failure, FailureClass } from "../errors/failure.ts";
import type { RunStatus } from "../model/run.ts";
import type { Progress } from "../steps/behaviour.ts";
import type { Draft } from "./draft.ts";
import { endCompensated, endDone, endFailed, endSingle, endStopped } from "./ending.ts";
import { failureJson, failureNote } from "./failing.ts";
import { rootFrame } from "./frame.ts";
import { holdBackPath } from "./hold-back.ts";
import { parked } from "./parked.ts";
import { leftBehind } from "./partial.ts";
import { rewind, undoAll } from "./saga.ts";
import { singleStepOf, walkSingle } from "./single-step.ts";
import { undoables } from "./undoables.ts";
import { walkBlock } from "./walk.ts";

/** Failures that another time may not meet: the run stays, and its lane waits. */
const passing: readonly FailureClass[] = ["transient", "throttled", "auth", "wait"];

/** Runs the phases of a run as far as they go: its steps, `on-error`, undo, its end. */
export function runPhases(draft: Draft): RunStatus {
  const held = draft.nodes[holdBackPath]?.error;
  if (held !== undefined) return parked(draft, "invalid", held);
  for (;;) {
    const status = runPhase(draft);
    if (status !== undefined) return status;
    if (draft.needs.size > 0) return "active";
  }
}

/** The status the run rests in, or undefined when another phase follows. */
function runPhase(draft: Draft): RunStatus | undefined {
  switch (draft.state.phase) {
    case "steps":
      return afterSteps(draft, walkSteps(draft));
    case "on-error":
      return afterOnError(draft);
    case "undo":
      return afterUndo(draft, undoAll(draft));
    case "ended":
      return draft.state.endedAs ?? "done";
  }
}

function walkSteps(draft: Draft): Progress {
  const only = singleStepOf(draft);
  return only === undefined
    ? walkBlock(draft, draft.flow.steps, rootFrame("steps"))
    : walkSingle(draft, only);
}

function open(draft: Draft): RunStatus {
  return draft.released ? "released" : "active";
}

function afterSteps(draft: Draft, progress: Progress): RunStatus | undefined {
  switch (progress.kind) {
    case "done":
      return singleStepOf(draft) === undefined ? endDone(draft) : endSingle(draft);
    case "open":
    case "idle":
      return open(draft);
    case "stopped":
      return endStopped(draft);
    case "parked":
      return parked(draft, progress.as, progress.failure);
    case "failed":
      return afterFailure(draft, progress.failure);
  }
}

/**
 * Retries are used up. With nothing to undo the run stands where it failed, and goes on from there, also
 * within a step that is half done; otherwise `on-error` and undo follow, for what may pass as for what is
 * refused.
 */
function afterFailure(draft: Draft, failure: Failure): RunStatus | undefined {
  const canPass = passing.includes(failure.class);
  const isHalfDone = ({ path }: { readonly path: string }): boolean =>
    draft.nodes[path]?.status === "failed";
  if (canPass && undoables(draft).every(isHalfDone)) return parked(draft, "dead", failure);
  draft.state.error = failure;
  const handles = draft.flow.onError !== undefined && singleStepOf(draft) === undefined;
  draft.state.phase = handles ? "on-error" : "undo";
  draft.note("", "failing", failureNote(failure));
  return undefined;
}

function afterOnError(draft: Draft): RunStatus | undefined {
  const { error } = draft.state;
  const roots = { error: error === undefined ? null : failureJson(error) };
  const progress = walkBlock(draft, draft.flow.onError ?? [], rootFrame("on-error", roots));
  if (progress.kind === "open") return open(draft);
  if (progress.kind === "parked") return parked(draft, progress.as, progress.failure);
  // A handler that fails must not keep the run from being undone.
  if (progress.kind === "failed") draft.report("issue", "on-error", progress.failure);
  draft.state.phase = "undo";
  return undefined;
}

function afterUndo(draft: Draft, progress: Progress): RunStatus | undefined {
  switch (progress.kind) {
    case "open":
      return open(draft);
    case "failed":
    case "parked":
      return parked(draft, "stuck", progress.failure);
    case "done":
    case "idle":
    case "stopped":
      break;
  }
  if (draft.state.compensates !== undefined) return endCompensated(draft);
  const { error } = draft.state;
  if (error === undefined || !passing.includes(error.class)) {
    const left = leftBehind(draft);
    return left === undefined ? endFailed(draft) : parked(draft, "stuck", left);
  }
  rewind(draft);
  delete draft.state.error;
  draft.state.phase = "steps";
  return parked(draft, "dead", error);
}
