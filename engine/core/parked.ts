import type { Failure } from "../errors/failure.ts";
import type { RunStatus } from "../model/run.ts";
import { answerParked } from "./answer.ts";
import type { Draft } from "./draft.ts";

/** Parks the run; a person is told once. */
export function parked(
  draft: Draft,
  as: "dead" | "invalid" | "in-doubt" | "stuck",
  failure: Failure,
): RunStatus {
  if (draft.state.parked !== true) {
    draft.state.parked = true;
    draft.report(as, failure.path ?? "", failure);
    answerParked(draft, failure);
  }
  return as;
}
