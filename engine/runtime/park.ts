import type { Failure } from "../errors/failure.ts";
import { FlowError } from "../errors/flow-error.ts";
import { type Decision, plainDecision } from "../model/decision.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { RunEvent } from "../model/run-event.ts";
import type { NodeState, RunSnapshot, RunState } from "../model/run.ts";

/**
 * The engine's own decision where the rules give none: the run waits for a person at the step that
 * `event` is about, nothing is undone, and a resume goes on from there.
 */
export function park(run: RunSnapshot, failure: Failure, event: RunEvent): Decision {
  const path = stepOf(event);
  const node = run.state.nodes[path];
  const failed: NodeState | undefined = node && {
    ...node,
    status: "failed",
    error: failure,
    park: "invalid",
  };
  const state: RunState = {
    ...run.state,
    ...(failed === undefined ? {} : { nodes: { ...run.state.nodes, [path]: failed } }),
    parked: true,
    error: failure,
  };
  const { code, message } = failure;
  const at = path === "" ? "run" : path;
  return {
    ...plainDecision({ status: "invalid", state }),
    history: [{ path: at, what: "parked", detail: { code, message } }],
    problems: [{ kind: "invalid", path: at, failure }],
  };
}

export const poisoned = (claims: number): Failure => ({
  class: "invalid",
  code: "runtime/poisoned",
  message: `the engine ended ${claims} times while it worked on this message; once the cause is mended, resume the run`,
});

export const generationGone = (hash: string): Failure => ({
  class: "invalid",
  code: "runtime/generation-gone",
  message: `generation ${hash.slice(0, 12)} of this run cannot be built by this version; resume it on the current generation`,
});

/** What the rules threw: a mistake of the spec where an expression says so, otherwise one of ours. */
export function thrown(error: unknown): Failure {
  if (error instanceof ExpressionError) {
    return { class: "invalid", code: error.code, message: error.message, at: error.at };
  }
  if (error instanceof FlowError) {
    return { class: "invalid", code: error.code, message: error.message };
  }
  const message = error instanceof Error ? error.message : "not an error";
  return {
    class: "invalid",
    code: "runtime/cannot-decide",
    message: `the engine could not decide: ${message}`,
  };
}

/** Path of the step that an event is about; empty for the whole run. */
export function stepOf(event: RunEvent): string {
  if (!("path" in event)) return "";
  // A delivery's path ends in the request's id; item keys may hold a slash themselves.
  return event.kind === "outcome" ? event.path.slice(0, event.path.lastIndexOf("/")) : event.path;
}
