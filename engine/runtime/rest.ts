import type { Instant } from "../model/json.ts";
import type { AdapterPlan } from "../model/plan/adapter.ts";
import type { RawOutcome } from "../model/request.ts";
import type { Done } from "./decider.ts";
import { stepOf } from "./park.ts";
import { exhaustedUntil } from "./rate-limit.ts";

/** Longer rests are a partner's mistake: a person would not want them obeyed. */
const restMsMax = 24 * 3_600_000;
const restMsFirst = 1_000;
const restMsUntold = 60_000;

/** True for an outcome that says nothing against the partner's being there: what our own rules kept back, too. */
export function isAlive(outcome: RawOutcome): boolean {
  if (outcome.kind === "not-sent") return outcome.refused === true;
  return outcome.kind === "response" && outcome.response.status < 500;
}

/**
 * Until when the partner wants no request at all, of any flow: `Retry-After` with 429 or 503
 * (RFC 9110, 10.2.3), a log-in that asks for it, an answer that says that nothing is left of its limit,
 * or for a bare 429 ever longer, by how many came in a row.
 */
export function restUntil(
  outcome: RawOutcome,
  throttledInARow: number,
  now: Instant,
  plan?: AdapterPlan["rateLimit"],
): Instant | undefined {
  if (outcome.kind === "unauthorized") {
    return outcome.retryAt === undefined ? undefined : Math.min(outcome.retryAt, now + restMsMax);
  }
  if (outcome.kind !== "response") return undefined;
  const { status, headers } = outcome.response;
  const exhausted = exhaustedUntil(headers, now, plan);
  if (exhausted !== undefined) {
    const told = status === 429 || status === 503 ? retryAfter(headers["retry-after"], now) : 0;
    return Math.min(Math.max(exhausted, told ?? 0), now + restMsMax);
  }
  if (status !== 429 && status !== 503) return undefined;
  const told = retryAfter(headers["retry-after"], now);
  if (told !== undefined) return Math.min(told, now + restMsMax);
  if (status !== 429) return undefined;
  return now + Math.min(restMsUntold, restMsFirst * 2 ** Math.min(throttledInARow, 16));
}

function retryAfter(value: string | undefined, now: Instant): Instant | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return now + Math.ceil(Number(value) * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}

/** The rest that a rule of the adapter read from an answer, where status and headers do not say it. */
export function restOf({
  event,
  decision,
}: Pick<Done, "event" | "decision">):
  | { readonly adapter: string; readonly until: Instant }
  | undefined {
  if (event.kind !== "outcome") return undefined;
  const error = decision.state.nodes[stepOf(event)]?.error;
  if (error?.class !== "throttled" || error.adapter === undefined) return undefined;
  return error.retryAt === undefined ? undefined : { adapter: error.adapter, until: error.retryAt };
}
