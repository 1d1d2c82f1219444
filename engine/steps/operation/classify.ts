import type { Failure, FailureClass } from "../../errors/failure.ts";
import { isAbsence } from "../../model/evaluation-error.ts";
import type { Instant, Json } from "../../model/json.ts";
import { linksOf } from "../../model/link-header.ts";
import type { ErrorRulePlan, OperationRequestPlan } from "../../model/plan/adapter.ts";
import type { HttpResponse, RawOutcome } from "../../model/request.ts";
import { whyNoAnswer } from "../../model/web-page.ts";
import type { StepContext } from "../behaviour.ts";
import { parseDateTime } from "../shared/instant.ts";
import { textOf } from "../shared/truth.ts";
import { decode } from "./codec.ts";
import type { ResolvedOperation } from "./resolve.ts";
import { retryAfter } from "./retry-after.ts";
import type { OperationScope } from "./scope.ts";

/** What an answer means. */
export type Verdict =
  | { readonly kind: "ok"; readonly response: Json }
  | { readonly kind: "unknown"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly response?: Json;
      readonly againFrom?: string;
      /** No rule of the adapter names this answer: its status alone was judged. */
      readonly unmapped?: { readonly adapter: string; readonly status: number };
      /** Log-in failed before anything was sent: tried again as transient is. */
      readonly unauthorized?: true;
      /** No retry could leave in time either. */
      readonly inVain?: true;
      /** Our own rules kept it back: the partner judged nothing, neither this attempt nor one before it. */
      readonly keptBack?: true;
    };

/** Judges one outcome: the request's rules, the operation's, the adapter's, then the status. */
export function classify(
  outcome: RawOutcome,
  request: OperationRequestPlan,
  operation: ResolvedOperation,
  scope: OperationScope,
  context: StepContext,
): Verdict {
  const blame = {
    system: operation.system,
    adapter: operation.adapter.name,
    path: context.path,
    at: operation.at,
  };
  const whole = `${operation.system}.${operation.name}`;
  switch (outcome.kind) {
    case "unknown":
      return { kind: "unknown", reason: outcome.reason };
    case "not-sent":
      return notSent(outcome, whole, blame);
    case "unauthorized":
      return {
        ...failed({
          ...blame,
          class: "auth",
          code: "unauthorized",
          message: `no credentials for ${operation.adapter.name}: ${outcome.reason}`,
          ...(outcome.retryAt === undefined ? {} : { retryAt: outcome.retryAt }),
        }),
        unauthorized: true,
      };
    case "response":
      break;
  }
  const response = decodedResponse(outcome.response, operation);
  const answer = scope.with({ response, result: response["body"] });
  const rule =
    firstOf(request.errors, answer) ??
    firstOf(operation.plan.errors, answer) ??
    firstOf(operation.adapter.errors, answer);
  const { status } = outcome.response;
  if (rule === undefined && status >= 200 && status < 300) {
    const reason = whyNoAnswer(outcome.response, request.decode);
    return reason === undefined ? { kind: "ok", response } : { kind: "unknown", reason };
  }
  const later = retryAfter(outcome.response.headers, context.now);
  if (rule !== undefined) {
    return { ...ruled(rule, answer, blame, { later, now: context.now }), response };
  }
  return {
    ...failed({
      ...blame,
      class: classOfStatus(status),
      code: `http-${status}`,
      message: `${whole} was answered ${status} by ${operation.adapter.name}`,
      detail: response,
      ...(later === undefined ? {} : { retryAt: later }),
    }),
    response,
    unmapped: { adapter: operation.adapter.name, status },
  };
}

type Blame = Pick<Failure, "system" | "adapter" | "path">;

function notSent(
  { reason, late, refused }: Extract<RawOutcome, { kind: "not-sent" }>,
  whole: string,
  blame: Blame,
): Verdict {
  if (refused === true) {
    const message = `${whole} was kept back, and no retry would send it: ${reason}`;
    return {
      ...failed({ ...blame, class: "invalid", code: "kept-back", message }),
      keptBack: true,
    };
  }
  const message = `${whole} could not be sent: ${reason}`;
  if (late === true) {
    const failure = { ...blame, class: "transient", code: "not-in-time", message } as const;
    return { ...failed(failure), inVain: true };
  }
  return failed({ ...blame, class: "transient", code: "not-sent", message });
}

function failed(failure: Failure): Extract<Verdict, { kind: "failed" }> {
  return { kind: "failed", failure };
}

function decodedResponse(response: HttpResponse, operation: ResolvedOperation) {
  const { link } = response.headers;
  return {
    status: response.status,
    headers: response.headers,
    ...(link === undefined ? {} : { links: linksOf(link) }),
    body: decode(response.body, operation.adapter.codec),
  } satisfies Record<string, Json>;
}

function firstOf(
  rules: readonly ErrorRulePlan[] | undefined,
  answer: OperationScope,
): ErrorRulePlan | undefined {
  return rules?.find((candidate) => matches(candidate, answer));
}

/** A rule names an answer by members that other answers do not have: absent is no match. */
function matches(rule: ErrorRulePlan, scope: OperationScope): boolean {
  try {
    return scope.holds(rule.when);
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

function ruled(
  rule: ErrorRulePlan,
  scope: OperationScope,
  blame: Blame,
  time: { readonly later: number | undefined; readonly now: number },
): Extract<Verdict, { kind: "failed" }> {
  const waited = waitedUntil(rule, scope, time.now);
  const retryAt = Math.max(waited ?? 0, time.later ?? 0);
  const message = rule.message === undefined ? undefined : textOf(scope.evaluate(rule.message));
  return {
    kind: "failed",
    failure: {
      ...blame,
      class: rule.class,
      code: rule.code ?? rule.class,
      message: message ?? `"${rule.when.text}" holds for the answer`,
      at: rule.at,
      detail: scope.roots["response"],
      ...(retryAt === 0 ? {} : { retryAt }),
      ...(rule.until === undefined ? {} : { until: rule.until }),
    },
    ...(rule.againFrom === undefined ? {} : { againFrom: rule.againFrom }),
  };
}

/** The time that a rule tells, or finds in the answer; an answer may do without one. */
function waitedUntil(
  { wait }: ErrorRulePlan,
  scope: OperationScope,
  now: Instant,
): Instant | undefined {
  if (wait === undefined) return undefined;
  if (typeof wait === "number") return now + wait;
  try {
    const told = scope.evaluate(wait);
    return typeof told === "string" ? parseDateTime(told) : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Where no rule says otherwise. */
function classOfStatus(status: number): FailureClass {
  if (status === 408 || status === 425 || status >= 500) return "transient";
  if (status === 429) return "throttled";
  return status === 401 || status === 403 ? "auth" : "business";
}
