import type { Failure, FailureClass } from "../errors/failure.ts";
import type { ApiResponse } from "../model/decision.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { Json } from "../model/json.ts";
import { isTrue } from "../steps/shared/truth.ts";
import { ownFailure } from "../steps/shared/own-fault.ts";
import type { Draft } from "./draft.ts";
import { failureJson } from "./failing.ts";
import { rootFrame } from "./frame.ts";
import { evaluateIn, scopeAt } from "./scope.ts";

type End = { readonly output: Json } | { readonly failure: Failure };

/** Answers of a failed API flow that has no `respond` entry for it. */
const statusOfClass: Readonly<Record<FailureClass, number>> = {
  business: 422,
  exists: 409,
  invalid: 500,
  transient: 503,
  throttled: 503,
  wait: 503,
  auth: 502,
  "in-doubt": 504,
};

function answer(draft: Draft, response: ApiResponse): void {
  if (draft.state.responded === true || draft.input.run.message.channel !== "api") return;
  draft.response = response;
  draft.state.responded = true;
}

/** For the caller that waits now; whoever asks again later gets the answer that comes then. */
function answerForNow(draft: Draft, response: ApiResponse): void {
  if (draft.state.responded === true || draft.input.run.message.channel !== "api") return;
  draft.response = response;
}

/** The caller waited long enough: the run goes on, and can be asked about. */
export function answerLate(draft: Draft): void {
  const { id } = draft.input.run;
  answerForNow(draft, {
    status: 202,
    headers: { location: `/api/runs/${id}`, "retry-after": "1" },
    body: { runId: id, status: "active" },
  });
}

/** The answer at the end of the run: the first entry of `respond` that holds. */
export function answerEnd(draft: Draft, end: End): void {
  if (draft.input.run.respondBy !== undefined) draft.cancelTimer("", "deadline");
  if (draft.state.responded === true || draft.input.run.message.channel !== "api") return;
  answer(draft, chosen(draft, end) ?? unlessTold(end));
}

/** A run that parks has nothing more to say for now; its caller is told why. */
export function answerParked(draft: Draft, failure: Failure): void {
  if (draft.input.run.respondBy === undefined) return;
  draft.cancelTimer("", "deadline");
  const end: End = { failure };
  answerForNow(draft, chosen(draft, end) ?? unlessTold(end));
}

function chosen(draft: Draft, end: End): ApiResponse | undefined {
  const failed = "failure" in end;
  const roots = {
    error: failed ? failureJson(end.failure) : null,
    result: failed ? null : end.output,
  };
  const scope = scopeAt(draft, rootFrame("steps", roots));
  try {
    for (const [status, plan] of entries(draft)) {
      // An entry without a condition is for success where it says success, else for failure.
      const fits =
        plan.when === undefined
          ? failed === Number(status) >= 400
          : isTrue(evaluateIn(draft, "respond", plan.when, scope), plan.when);
      if (!fits) continue;
      const body =
        plan.body === undefined ? undefined : evaluateIn(draft, "respond", plan.body, scope);
      return { status: Number(status), headers: {}, body: body ?? null };
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = ownFailure(error, "respond");
    draft.report("issue", "respond", failure);
    return problem(failure);
  }
  return undefined;
}

/**
 * In the order of the text, which an object does not keep for keys that are numbers. Those with a
 * condition first: an entry without one stands for all the rest.
 */
function entries({ flow }: Draft) {
  const all = Object.entries(flow.respond ?? {}).toSorted(
    ([, { at: a }], [, { at: b }]) => a.line - b.line || a.column - b.column,
  );
  return [
    ...all.filter(([, { when }]) => when !== undefined),
    ...all.filter(([, { when }]) => when === undefined),
  ];
}

function unlessTold(end: End): ApiResponse {
  return "failure" in end ? problem(end.failure) : { status: 200, headers: {}, body: end.output };
}

/** RFC 9457 problem details. */
function problem(failure: Failure): ApiResponse {
  const status = statusOfClass[failure.class];
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: {
      type: "about:blank",
      title: failure.code,
      status,
      detail: failure.message,
      class: failure.class,
      code: failure.code,
    },
  };
}
