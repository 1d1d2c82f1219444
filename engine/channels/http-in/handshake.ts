import { FlowError } from "../../errors/flow-error.ts";
import type { EvaluationContext, Scope } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { WebhookPlan } from "../../model/plan/adapter.ts";
import { holdsFor } from "../shared/evaluation.ts";
import { type BodyFormat, type Incoming, readBody } from "./incoming.ts";
import { Refusal, type Reply } from "./problem.ts";

/** Longest text that is sent back: what a stranger says is repeated to nobody else, and not at length. */
const answerMax = 4096;

interface Call {
  readonly incoming: Incoming;
  readonly bytes: Buffer;
  readonly scope: Scope;
  readonly context: EvaluationContext;
  readonly verify: () => void;
}

/**
 * Answers a vendor that asks whether the endpoint is there (a challenge to repeat, a token to send
 * back). Undefined where the call is no such question. Throws `Refusal` for a bad signature.
 */
export function answerHandshake(plan: WebhookPlan, call: Call): Reply | undefined {
  const { handshake } = plan;
  if (handshake === undefined) return undefined;
  const { bytes, context, incoming, verify } = call;
  const scope: Scope = {
    ...call.scope,
    body: bodyOf(incoming, bytes, plan.accept ?? "json"),
    query: Object.fromEntries(incoming.query),
  };
  if (!asks(handshake.when, scope, context)) return undefined;
  if (incoming.method === "POST" && handshake.signed !== false) verify();
  try {
    return replyOf(handshake.answer.evaluate(scope, context) ?? null);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    const { code } = error;
    throw new Refusal("http-in/unreadable", `the handshake cannot be answered: ${code}`, {
      more: { cause: code },
    });
  }
}

function replyOf(answer: Json): Reply {
  if (typeof answer !== "string") return { status: 200, body: answer };
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return { status: 200, headers, text: answer.slice(0, answerMax) };
}

/** Null for none, or for one that is not what the endpoint takes: then it is no handshake either. */
function bodyOf(incoming: Incoming, bytes: Buffer, format: BodyFormat): Json {
  if (bytes.length === 0) return null;
  try {
    incoming.requireType(format);
    return readBody(bytes, format);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** A condition that cannot be asked of this call does not hold. */
function asks(
  when: NonNullable<WebhookPlan["handshake"]>["when"],
  scope: Scope,
  context: EvaluationContext,
): boolean {
  try {
    return holdsFor(when, scope, context);
  } catch (error) {
    if (error instanceof FlowError) return false;
    throw error;
  }
}
