import type { Failure } from "../errors/failure.ts";
import type { Instant, Json } from "../model/json.ts";
import type { NodeState } from "../model/run.ts";
import type { Progress } from "../steps/behaviour.ts";
import { holds } from "../steps/shared/truth.ts";
import { retryAt, retryPolicy } from "./retry.ts";
import { contextOf, type Visit } from "./visit.ts";

type Failed = Extract<Progress, { kind: "failed" }>;

/** What becomes of a failure: tried again, waited out, handled, kept to itself, or passed on. */
export type Reaction =
  | { readonly kind: "again"; readonly due: Instant; readonly failures: number }
  | { readonly kind: "wait" }
  | { readonly kind: "doubt" }
  | { readonly kind: "catch"; readonly handler: number }
  | { readonly kind: "continue" }
  | { readonly kind: "pass" };

/** In this order: retry, `catch`, `on-error: continue`; then the flow's `on-error` and undo. */
export function react(visit: Visit, failed: Failed): Reaction {
  const { draft, step, path, behaviour } = visit;
  const node = draft.nodes[path];
  const { failure } = failed;
  const retried = behaviour.retried === true || step.common.retry !== undefined;
  if (retried && failed.inVain !== true && mayRetry(node, failed)) {
    if (failed.uncounted === true) {
      const due = Math.max(draft.now, failure.retryAt ?? 0);
      return { kind: "again", due, failures: node?.failures ?? 0 };
    }
    if (failure.class === "wait") return { kind: "wait" };
    const failures = (node?.failures ?? 0) + 1;
    const policy = retryPolicy(step, draft.input.generation);
    const judged = { ...failure, class: failed.retryAs ?? failure.class };
    const due = retryAt(policy, failures, judged, draft.input);
    if (due !== undefined) return { kind: "again", due, failures };
  }
  if (isDoubtful(visit, failed)) return { kind: "doubt" };
  const handler = handlerFor(visit, failure);
  if (handler !== undefined) return { kind: "catch", handler };
  return { kind: step.common.onError === "continue" ? "continue" : "pass" };
}

/** When only whether it took effect is found out, that alone is tried again. */
function mayRetry(node: NodeState | undefined, failed: Failed): boolean {
  return node?.asked === true ? failed.doubtful !== undefined : node?.late !== true;
}

function isDoubtful({ step }: Visit, { doubtful }: Failed): boolean {
  return doubtful === true || (doubtful !== undefined && step.common.undo !== undefined);
}

function handlerFor(visit: Visit, failure: Failure): number | undefined {
  const handlers = visit.step.common.catch ?? [];
  const error = failureJson(failure);
  const index = handlers.findIndex(
    ({ when }) => when === undefined || holds(when, contextOf(visit), { error }),
  );
  return index < 0 ? undefined : index;
}

/** A failure as `$error` shows it: members that are often asked for are null where absent. */
export function failureJson(failure: Failure): Json {
  const { at: _, ...plain } = failure;
  const shown = { system: null, adapter: null, path: null, detail: null, ...plain };
  return JSON.parse(JSON.stringify(shown)) as Json;
}

/** A failure as the journal tells it: the partner's own words stay with the step, not in each line. */
export function failureNote({ class: failureClass, code, message }: Failure): Json {
  return { class: failureClass, code, message };
}
