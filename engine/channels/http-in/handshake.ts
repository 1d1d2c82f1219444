import { createHash, createHmac } from "node:crypto";
import { FlowError } from "../../errors/flow-error.ts";
import type { EvaluationContext, Scope } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { WebhookPlan } from "../../model/plan/adapter.ts";
import { holdsFor } from "../shared/evaluation.ts";
import { type BodyFormat, type Incoming, readBody } from "./incoming.ts";
import { Refusal, type Reply } from "./problem.ts";

/** Longest text that is sent back: what a stranger says is repeated to nobody else, and not at length. */
const answerMax = 4096;

type ProofPlan = NonNullable<NonNullable<WebhookPlan["handshake"]>["proof"]>;

interface Call {
  readonly incoming: Incoming;
  readonly bytes: Buffer;
  readonly scope: Scope;
  readonly context: EvaluationContext;
  /** `$request`. */
  readonly request: () => Readonly<Record<string, string>>;
  /** `$secret`, for digests that are made of one. */
  readonly secrets: () => Readonly<Record<string, string>>;
  readonly verify: () => Promise<void>;
}

/**
 * Answers a vendor that asks whether the endpoint is there (a challenge to repeat, a token to send
 * back). Undefined where the call is no such question. Throws `Refusal` for a bad signature.
 */
export async function answerHandshake(plan: WebhookPlan, call: Call): Promise<Reply | undefined> {
  const { handshake } = plan;
  if (handshake === undefined) return undefined;
  const { bytes, context, incoming, verify } = call;
  const scope: Scope = {
    ...call.scope,
    body: bodyOf(incoming, bytes, plan.accept ?? "json"),
    query: Object.fromEntries(incoming.query),
  };
  if (!asks(handshake.when, scope, context)) return undefined;
  const isSigned = incoming.method === "POST" && handshake.signed !== false;
  if (isSigned) await verify();
  try {
    const proof =
      handshake.proof === undefined
        ? {}
        : { proof: proofOf(handshake.proof, call, scope, isSigned) };
    return replyOf(handshake.answer.evaluate({ ...scope, ...proof }, context) ?? null);
  } catch (error) {
    if (!(error instanceof FlowError) || error instanceof Refusal) throw error;
    const { code } = error;
    throw new Refusal("http-in/unreadable", `the handshake cannot be answered: ${code}`, {
      more: { cause: code },
    });
  }
}

/** What a vendor's challenge looks like: nothing that could be the body of a message. */
const challenge = /^[\w+/.~-]{1,256}={0,2}$/;

/**
 * Our digest of what the vendor gave. Whoever is not known yet may have a bare word digested and
 * nothing else: the same secret signs messages, and one of them must not be had by asking.
 */
function proofOf(plan: ProofPlan, call: Call, scope: Scope, isSigned: boolean): string {
  const { context, request } = call;
  const secrets = call.secrets();
  const { algorithm = "sha256", encoding = "hex", hmac } = plan;
  const text = plan.of.evaluate({ ...scope, request: request(), secret: secrets }, context);
  if (typeof text !== "string") {
    throw new Refusal("http-in/unreadable", "the handshake holds no text to prove ourselves with");
  }
  if (hmac === undefined) return createHash(algorithm).update(text).digest(encoding);
  if (!isSigned && !challenge.test(text)) {
    throw new Refusal(
      "http-in/bad-signature",
      "an unsigned handshake gives more than a word to be signed",
    );
  }
  const key = secrets[hmac] ?? "";
  if (key === "") throw new Refusal("http-in/not-ready", "there is no key to prove ourselves with");
  return createHmac(algorithm, key).update(text).digest(encoding);
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
