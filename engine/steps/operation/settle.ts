import { isJsonObject, type Json } from "../../model/json.ts";
import type { OperationRequestPlan } from "../../model/plan/adapter.ts";
import { isWebPage } from "../../model/web-page.ts";
import type { Progress } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import { classify, type Verdict } from "./classify.ts";
import { inDoubt, parkedInDoubt } from "./in-doubt.ts";
import { judgeExpectation } from "./expectation.ts";
import { judgingScope } from "./judging.ts";
import { recordSettled } from "./ledger.ts";
import { clear } from "./left-in-doubt.ts";
import type { OpenDelivery } from "./memo.ts";
import { nextPage } from "./next-page.ts";
import { doubtfulness, doubtLookup, doubtPolicy } from "./resolve.ts";
import { sendLookup } from "./send.ts";
import type { Unit } from "./unit.ts";
import { judgeVerification } from "./verify.ts";

/** Judges the outcome of the open delivery. Undefined: it is settled, and the operation goes on. */
export function settle(state: CallState, unit: Unit, open: OpenDelivery): Progress | undefined {
  const { context, operation } = state;
  const { outcome, crashed } = open;
  if (outcome === undefined) return { kind: "open" };
  if (crashed === true && outcome.kind === "unknown" && !open.write) {
    forget(open);
    if (open.deliveryId !== undefined) context.resend(open.deliveryId, context.now);
    return { kind: "open" };
  }
  const isRequest = open.kind === "request";
  const judged = isRequest ? unit.request : lookupRequest(unit, state, open);
  const said = classify(outcome, judged, operation, judgingScope(state, judged), context);
  const verdict = isRequest ? said : ofLookup(said);
  context.history("answered", historyOf(verdict), open.path);
  const progress = settleBy(state, unit, open, { verdict, crashed: crashed === true });
  // Only now: where an expression of ours failed, the answer is judged again after a resume.
  forget(open);
  return progress;
}

function forget(open: OpenDelivery): void {
  delete open.outcome;
  delete open.crashed;
}

function settleBy(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  judged: { readonly verdict: Verdict; readonly crashed: boolean },
): Progress | undefined {
  switch (open.kind) {
    case "request":
      return settleRequest(state, unit, open, judged);
    case "doubt":
      return settleDoubt(state, unit, open, judged.verdict);
    case "adopt":
      return settleAdoption(state, unit, open, judged.verdict);
    case "expect":
      return settleExpectation(state, unit, open, judged.verdict);
    case "verify":
      return settleVerification(state, unit, open, judged.verdict);
  }
}

function historyOf(verdict: Verdict): Json {
  if (verdict.kind === "ok") return { outcome: "ok" };
  if (verdict.kind === "unknown") return { outcome: "unknown", reason: verdict.reason };
  const { class: failureClass, code, message } = verdict.failure;
  const unmapped = verdict.unmapped === undefined ? {} : { unmapped: { ...verdict.unmapped } };
  return { outcome: "failed", class: failureClass, code, message, ...unmapped };
}

function lookupPlan(state: CallState, open: OpenDelivery) {
  return state.operation.adapter.lookups?.[open.lookup ?? ""];
}

/** A look-up as a request, so that rules and results are read the same way. */
function lookupRequest(unit: Unit, state: CallState, open: OpenDelivery): OperationRequestPlan {
  return { ...lookupPlan(state, open), id: "lookup", at: unit.request.at };
}

/** What of an answer is the result: as the request says, or the adapter, or the whole body. */
export function resultOf(
  state: CallState,
  plan: Pick<OperationRequestPlan, "result" | "call">,
  response: Json,
  scope = judgingScope(state, plan),
): Json {
  const body = isJsonObject(response) ? (response["body"] ?? null) : null;
  const expression = plan.result ?? state.operation.adapter.request?.result;
  if (expression === undefined) return body;
  return scope.evaluate(expression, { response, result: body }) ?? null;
}

function settleRequest(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  { verdict, crashed }: { readonly verdict: Verdict; readonly crashed: boolean },
): Progress | undefined {
  const { memo } = state;
  if (verdict.kind === "ok") {
    const result = resultOf(state, unit.request, verdict.response);
    const rows = memo.page === undefined ? result : nextPage(state, unit, result, verdict.response);
    if (rows === undefined) delete memo.open;
    else accept(state, open, rows, verdict.response);
    return undefined;
  }
  if (verdict.kind === "unknown") {
    return open.write
      ? inDoubt(state, unit, open, { reason: verdict.reason, crashed })
      : unknownRead(state, verdict.reason);
  }
  const { failure } = verdict;
  if (failure.class === "exists") return adopt(state, unit, open, verdict.response ?? null);
  if (open.write && mayHaveHappened(verdict)) {
    return inDoubt(state, unit, open, { reason: failure.message, crashed: false, verdict });
  }
  if (verdict.againFrom !== undefined) memo.againFrom = verdict.againFrom;
  if (isRefusal(verdict)) {
    delete open.doubted;
    recordSettled(state, open, "not-done");
  }
  const policy = doubtPolicy(state.operation, unit.request, unit.outer);
  return {
    kind: "failed",
    failure,
    ...(open.doubted === true ? { doubtful: doubtfulness(policy) } : {}),
    ...(verdict.unauthorized === true ? { retryAs: "transient" } : {}),
    ...(verdict.inVain === true ? { inVain: true } : {}),
  };
}

/** The partner judged the request: under the same key, it judged its earlier attempts, too. */
function isRefusal(verdict: Extract<Verdict, { kind: "failed" }>): boolean {
  const { failure, keptBack, unmapped } = verdict;
  if (keptBack === true) return false;
  // A web page or a way elsewhere that no rule names may be of something before the partner.
  if (unmapped !== undefined && (isPage(verdict) || isRedirect(unmapped.status))) return false;
  return ["business", "invalid", "wait"].includes(failure.class);
}

/** A rule said so, or the answer came from something that stands before the partner. */
function mayHaveHappened(verdict: Extract<Verdict, { kind: "failed" }>): boolean {
  const { class: failureClass, code } = verdict.failure;
  return failureClass === "in-doubt" || /^http-(408|500|502|504)$/.test(code);
}

function unknownRead({ operation, context }: CallState, reason: string): Progress {
  return {
    kind: "failed",
    failure: {
      class: "transient",
      code: "no-answer",
      message: `${operation.system}.${operation.name} got no answer: ${reason}`,
      at: operation.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
    },
  };
}

/** The request took effect: its result is kept with its key, then its expectations are checked. */
function accept(state: CallState, open: OpenDelivery, result: Json, response: Json): void {
  const { memo, context } = state;
  delete memo.open;
  if (open.write) memo.wrote = open.path;
  if (open.doubted === true) {
    context.history("doubt-settled", { as: "answered" }, open.path);
    delete open.doubted;
  }
  recordSettled(state, open, "done");
  if (open.effect !== undefined) {
    context.effect({ ...open.effect, outcome: { result } });
    memo.effects.push(open.effect);
  }
  memo.answered = { result, response, expectation: 0, open };
}

/** What was to be made is there: it is found by the request's look-up and taken as the result. */
function adopt(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  response: Json,
): Progress | undefined {
  const lookup = doubtLookup(doubtPolicy(state.operation, unit.request, unit.outer));
  if (lookup !== undefined) {
    sendLookup(state, unit, { kind: "adopt", name: lookup.name, about: open });
    return { kind: "open" };
  }
  accept(state, open, null, response);
  return undefined;
}

/** The record a look-up found; undefined for none. */
function foundBy(state: CallState, open: OpenDelivery, verdict: Verdict): Json | undefined {
  if (verdict.kind !== "ok") return undefined;
  const plan = lookupPlan(state, open);
  const { response } = verdict;
  const result = resultOf(state, plan ?? {}, response);
  const found =
    plan?.found === undefined
      ? result
      : judgingScope(state, plan).evaluate(plan.found, { response, result });
  const none =
    found === undefined || found === null || (Array.isArray(found) && found.length === 0);
  return none ? undefined : found;
}

/**
 * A web page with status 404 does not say that there is no such record: a server that lacks the application
 * for the moment answers so, too. Where it is how the partner says it, a rule of the adapter names it.
 */
function ofLookup(verdict: Verdict): Verdict {
  if (verdict.kind !== "failed" || verdict.failure.code !== "http-404" || !isPage(verdict))
    return verdict;
  const reason =
    "it was answered 404 with a web page, which something before the partner may have written; a rule under errors (class: business) says where it means that there is none";
  return { kind: "unknown", reason };
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

function isPage({ response = null }: Extract<Verdict, { kind: "failed" }>): boolean {
  return isJsonObject(response) && isWebPage(response["body"] ?? null);
}

/** A partner that answers 404 to a look-up says that there is none. */
function saysNone(verdict: Verdict): boolean {
  if (verdict.kind !== "failed") return verdict.kind === "ok";
  // Also where a rule of the adapter has its own name for a 404.
  const { failure, response = null } = verdict;
  const is404 = isJsonObject(response) && response["status"] === 404;
  return failure.code === "http-404" || (failure.class === "business" && is404);
}

function settleDoubt(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  verdict: Verdict,
): Progress | undefined {
  const { memo } = state;
  const about = open.about ?? open;
  if (!saysNone(verdict)) return lookupFailed(state, unit, verdict);
  const found = foundBy(state, open, verdict);
  const { done } = doubtLookup(doubtPolicy(state.operation, unit.request, unit.outer)) ?? {};
  const response = verdict.kind === "ok" ? verdict.response : null;
  if (
    found !== undefined &&
    (done === undefined ||
      judgingScope(state, unit.request).holds(done, { result: found, response }))
  ) {
    state.context.history("doubt-settled", { as: "happened" }, about.path);
    accept(state, about, found, response);
    return undefined;
  }
  state.context.history("doubt-settled", { as: "not-done" }, about.path);
  // Nothing happened: under its key it is as if it had never been sent.
  recordSettled(state, about, "not-done");
  if (about.left !== undefined) {
    clear(memo, about);
    delete memo.open;
    return undefined;
  }
  const { doubtedByCrash } = about;
  delete about.doubted;
  delete about.doubtedByCrash;
  about.firstAt = state.context.now;
  memo.open = about;
  return {
    kind: "failed",
    failure: {
      class: "transient",
      code: "not-done",
      message: `"${unit.name}" was sent, and the look-up "${open.lookup ?? ""}" shows that it did not happen`,
      at: unit.request.at,
      system: state.operation.system,
      adapter: state.operation.adapter.name,
      path: state.context.path,
    },
    ...(doubtedByCrash === true ? { uncounted: true } : {}),
  };
}

/** The doubt stands as long as the partner cannot be asked. */
function lookupFailed(state: CallState, unit: Unit, verdict: Verdict): Progress {
  if (verdict.kind === "failed" && verdict.failure.class === "business") {
    return parkedInDoubt(state, unit, verdict.failure.message);
  }
  const progress = lookupProgress(state, verdict);
  return progress.kind === "failed" ? { ...progress, doubtful: true } : progress;
}

function lookupProgress(state: CallState, verdict: Verdict): Progress {
  if (verdict.kind !== "failed") {
    return unknownRead(state, verdict.kind === "unknown" ? verdict.reason : "nothing was found");
  }
  const retryAs = verdict.unauthorized === true ? ({ retryAs: "transient" } as const) : {};
  return { kind: "failed", failure: verdict.failure, ...retryAs };
}

function settleAdoption(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  verdict: Verdict,
): Progress | undefined {
  if (!saysNone(verdict)) return lookupProgress(state, verdict);
  const found = foundBy(state, open, verdict);
  if (found !== undefined) {
    accept(state, open.about ?? open, found, verdict.kind === "ok" ? verdict.response : null);
    return undefined;
  }
  return {
    kind: "failed",
    failure: {
      class: "business",
      code: "exists-not-found",
      message: `"${unit.name}" exists already, as the partner says, and the look-up "${open.lookup ?? ""}" does not find it`,
      at: unit.request.at,
      system: state.operation.system,
      adapter: state.operation.adapter.name,
      path: state.context.path,
    },
  };
}

/** The look itself may fail: it is tried again, and the write is not touched. */
function settleVerification(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  verdict: Verdict,
): Progress | undefined {
  const { memo } = state;
  const { answered } = memo;
  const plan = unit.request.verify;
  if (!saysNone(verdict)) return lookupProgress(state, verdict);
  if (plan === undefined || answered === undefined) {
    delete memo.open;
    return undefined;
  }
  const result = foundBy(state, open, verdict) ?? null;
  const response = verdict.kind === "ok" ? verdict.response : null;
  const progress = judgeVerification(state, unit, { plan, answered }, { result, response });
  if (progress === undefined) delete memo.open;
  return progress;
}

function settleExpectation(
  state: CallState,
  unit: Unit,
  open: OpenDelivery,
  verdict: Verdict,
): Progress | undefined {
  const { memo } = state;
  if (!saysNone(verdict)) return lookupProgress(state, verdict);
  const expectation = unit.request.expect?.[memo.answered?.expectation ?? 0];
  if (expectation === undefined || memo.answered === undefined) {
    delete memo.open;
    return undefined;
  }
  const result = foundBy(state, open, verdict) ?? null;
  const response = verdict.kind === "ok" ? verdict.response : null;
  const { answered } = memo;
  const judged = { expectation, answered };
  const progress = judgeExpectation(state, unit, judged, { result, response });
  if (progress === undefined) delete memo.open;
  return progress;
}
