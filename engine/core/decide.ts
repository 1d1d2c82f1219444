import { InvariantError } from "../errors/flow-error.ts";
import { NeedsFact } from "../model/evaluation-error.ts";
import type { Decided } from "../model/decision.ts";
import type { RunStatus } from "../model/run.ts";
import type { DecideInput } from "./decide-input.ts";
import { Draft } from "./draft.ts";
import { answerLate } from "./answer.ts";
import { holdBack, isHoldBackOver } from "./hold-back.ts";
import { compensate, resume } from "./resume.ts";
import { runPhases } from "./phases.ts";

/**
 * What one event changes: a pure function of its input. The step tree is walked from its root with
 * the event in hand; what ended is skipped, the step concerned takes the event, and whatever can
 * move then moves until everything left waits for something outside.
 */
export function decide(input: DecideInput): Decided {
  const flow = input.generation.flows.get(input.run.flow);
  if (flow === undefined) {
    throw new InvariantError(
      "core/unknown-flow",
      `run ${input.run.id} is of flow "${input.run.flow}", which generation ${input.generation.hash} does not have`,
    );
  }
  const draft = new Draft(input, flow);
  let status: RunStatus;
  try {
    status = react(draft);
  } catch (error) {
    if (!(error instanceof NeedsFact)) throw error;
    draft.need(error.request);
    return { kind: "needs", facts: [...draft.needs.values()] };
  }
  if (draft.needs.size > 0) return { kind: "needs", facts: [...draft.needs.values()] };
  return { kind: "decision", decision: draft.close(status) };
}

function react(draft: Draft): RunStatus {
  const { event, run } = draft.input;
  switch (event.kind) {
    case "start":
      if (Object.keys(draft.nodes).length === 0 && draft.state.held !== true) {
        draft.note("", "started");
        if (run.respondBy !== undefined) draft.timer("", "deadline", run.respondBy);
      }
      if (holdBack(draft)) return "held";
      break;
    case "timer":
      if (event.path === "" && event.name === "deadline") answerLate(draft);
      if (!isHoldBackOver(draft) && draft.state.held === true) return "held";
      break;
    case "resume":
      resume(draft);
      break;
    case "compensate":
      compensate(draft, event.path);
      break;
    case "outcome":
    case "matched":
    case "chosen":
    case "child-ended":
      if (draft.state.held === true) return "held";
      break;
  }
  return runPhases(draft);
}
