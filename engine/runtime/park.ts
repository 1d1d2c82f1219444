import type { Failure } from "../errors/failure.ts";
import type { Decision } from "../model/decision.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { RunSnapshot } from "../model/run.ts";

/** The engine's own decision where the rules give none: the run waits for a person, nothing is undone. */
export function park(run: RunSnapshot, failure: Failure): Decision {
  return {
    status: "invalid",
    state: { ...run.state, error: failure },
    results: {},
    history: [
      { path: "run", what: "parked", detail: { code: failure.code, message: failure.message } },
    ],
    deliveries: [],
    resends: [],
    cancelDeliveries: [],
    timers: [],
    cancelTimers: [],
    emits: [],
    children: [],
    listens: [],
    tasks: [],
    closes: [],
    remembers: [],
    links: [],
    caches: [],
    milestones: [],
    effects: [],
    problems: [{ kind: "invalid", path: "run", failure }],
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
  const message = error instanceof Error ? error.message : "not an error";
  return {
    class: "invalid",
    code: "runtime/cannot-decide",
    message: `the engine could not decide: ${message}`,
  };
}
