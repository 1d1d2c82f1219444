import type { Instant } from "../../model/json.ts";
import type { ReceiveAnswer } from "../../model/received.ts";
import { retryAfterSeconds } from "../shared/retry-after.ts";
import { Refusal } from "./problem.ts";

type EngineRefusal = Extract<ReceiveAnswer, { readonly outcome: "refused" }>;

/** The engine's refusal as HTTP says it: 429 when it is busy, 503 when it cannot store. */
export function refusedByEngine(answer: EngineRefusal, now: Instant): Refusal {
  const headers = { "retry-after": retryAfterSeconds(answer.retryAt, now) };
  return new Refusal(`http-in/${answer.reason}`, answer.message, { headers });
}

const credentialWords = /sign|token|auth|secret|key|cookie|credential|password/;

/** The request headers that a message keeps: the vendor's own, and never credentials. */
export function keptHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name in headers) if (isKept(name)) kept[name] = headers[name] ?? "";
  return kept;
}

/** Senders call their headers the same each time. */
const known = new Map<string, boolean>();
/** So many names at most; they are forgotten together. */
const knownMax = 1_000;

function isKept(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const isWanted =
    /^(x-|ce-|webhook-)/.test(name) || name === "content-type" || name === "user-agent";
  const kept = isWanted && !credentialWords.test(name);
  if (known.size >= knownMax) known.clear();
  known.set(name, kept);
  return kept;
}

/** Correlation id and W3C trace context of a request, where they are well-formed. */
export function tracing(headers: Readonly<Record<string, string>>): {
  readonly correlationId?: string;
  readonly traceparent?: string;
} {
  const correlationId = headers["x-correlation-id"];
  const traceparent = headers["traceparent"];
  const isTrace = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
  return {
    ...(correlationId !== undefined && /^[\w.:-]{1,128}$/.test(correlationId)
      ? { correlationId }
      : {}),
    ...(traceparent !== undefined && isTrace.test(traceparent) ? { traceparent } : {}),
  };
}
