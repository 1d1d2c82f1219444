import type { RunState } from "../model/run.ts";

/** The state of a run that was not decided yet. */
export function initialState(): RunState {
  return { version: 1, phase: "steps", nodes: {}, completions: 0 };
}
