import type { Failure } from "../errors/failure.ts";
import type { Progress } from "../steps/behaviour.ts";
import { contextOf, guarded, type Visit } from "./visit.ts";

/**
 * The retries of a step are used up, and it may have taken effect. Never guess: the partner is asked
 * where that is possible, and a person otherwise; nothing is undone before.
 */
export function ask(visit: Visit, failure: Failure): Progress {
  const { draft, step, path, behaviour } = visit;
  const isAsked = draft.nodes[path]?.asked === true;
  const asked = guarded(visit, () => {
    const progress = isAsked ? undefined : behaviour.ask?.(step, contextOf(visit));
    const doubt: Failure = { ...failure, class: "in-doubt", path };
    return progress ?? { kind: "parked", as: "in-doubt", failure: doubt };
  });
  // Its look-ups have retries of their own.
  if (asked.kind === "open")
    draft.patch(path, { status: "waiting", asked: true, failures: 0, error: failure });
  return asked;
}
