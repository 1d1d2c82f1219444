import { createHmac, verify } from "node:crypto";
import { FlowError } from "../../errors/flow-error.ts";
import type { Expression, Scope } from "../../model/expression.ts";
import type { Instant } from "../../model/json.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { parseInstant } from "../shared/instant.ts";
import { hmacKeys, keysOf, publicKeyOf } from "./keys.ts";
import { Refusal } from "./problem.ts";
import { calledUrl, isSame, type Plan, type SignedRequest } from "./signed-request.ts";

type SignaturePlan = Extract<Plan, { kind: "hmac" | "public-key" }>;

const toleranceMs = 300_000;

/**
 * A signature in the ways vendors write it: Stripe (`t={t},v1={signature}` over `{t}.{body}`), GitHub
 * (`sha256={signature}`), Zendesk (base64 over `{timestamp}{body}`, the time in a header of its own),
 * Standard Webhooks (`v1,{signature}` over `{webhook-id}.{webhook-timestamp}.{body}`), HubSpot (base64
 * over `{method}{uri}{body}{timestamp}`), Slack (`v0={signature}` over `v0:{timestamp}:{body}`), Paddle
 * (`ts={t};h1={signature}` over `{t}:{body}`), Recurly (`{t},{signature}` over `{t}.{body}`). Where the
 * body carries it, or values are signed in place of bytes (Adyen, Mailgun, Twilio), expressions say so.
 */
export async function verifySigned(
  plan: SignaturePlan,
  request: SignedRequest,
  secrets: Secrets,
): Promise<void> {
  const { over, sent, signature, that } = plan;
  const needsValues = [over, sent, signature, that].some((one) => one !== undefined);
  const scopes = needsValues ? await request.scopes() : [{}];
  // One after the other: the first that does not hold refuses all.
  for (const scope of scopes) {
    await verifyOne(plan, { request, secrets, scope });
    if (that !== undefined && (await valueOf(that, request, scope)) !== true) {
      throw new Refusal("http-in/bad-signature", "what verify.that says is not true of this call");
    }
  }
}

interface Proof {
  readonly request: SignedRequest;
  readonly secrets: Secrets;
  readonly scope: Scope;
}

async function verifyOne(plan: SignaturePlan, { request, secrets, scope }: Proof): Promise<void> {
  const place = plan.signature === undefined ? `header "${plan.header}"` : "the body's signature";
  const header =
    plan.signature === undefined
      ? request.headers[plan.header?.toLowerCase() ?? ""]
      : await textOf(plan.signature, request, scope);
  if (header === undefined || header === "") {
    throw new Refusal("http-in/bad-signature", `${place} is missing`);
  }
  const parts = readHeader(plan.format ?? "{signature}", header);
  const timestamp = await timeOf(plan, parts, { request, scope });
  const given = (parts.get("signature") ?? parts.get("v1") ?? []).map((text) =>
    Buffer.from(text, plan.encoding ?? "hex"),
  );
  const signed =
    plan.over === undefined
      ? signedBytes(plan.signed ?? "{body}", request, (name) =>
          name === "timestamp"
            ? timestamp
            : (parts.get(name)?.[0] ??
              ofRequest(name, request) ??
              request.headers[name.toLowerCase()]),
        )
      : Buffer.from(await textOf(plan.over, request, scope), "utf8");
  if (!holds(plan, { signed, given }, secrets)) {
    throw new Refusal("http-in/bad-signature", `${place} does not sign this body`);
  }
  const needsTime =
    plan.timestamp !== undefined ||
    plan.sent !== undefined ||
    /\{(t|timestamp)\}/.test(plan.signed ?? "");
  if (needsTime) checkAge(timestamp, plan.tolerance ?? toleranceMs, request.now);
}

/** Whether one of the keys made one of the signatures. */
function holds(
  plan: SignaturePlan,
  { signed, given }: { readonly signed: Buffer; readonly given: readonly Buffer[] },
  secrets: Secrets,
): boolean {
  const { algorithm = "sha256", encoding = "hex" } = plan;
  const keys = keysOf(plan.value, secrets);
  if (plan.kind === "public-key") {
    return keys.map(publicKeyOf).some((key) => {
      const hash = key.asymmetricKeyType === "ed25519" ? null : algorithm;
      return given.some((signature) => verify(hash, signed, key, signature));
    });
  }
  const matches = keys
    .flatMap((key) => hmacKeys(key, plan.key ?? "text", encoding))
    .map((key) => createHmac(algorithm, key).update(signed).digest())
    .filter((expected) => given.some((signature) => isSame(signature, expected)));
  return matches.length > 0;
}

async function timeOf(
  plan: SignaturePlan,
  parts: ReadonlyMap<string, readonly string[]>,
  { request, scope }: Pick<Proof, "request" | "scope">,
): Promise<string | undefined> {
  if (plan.sent !== undefined) return textOf(plan.sent, request, scope);
  if (plan.timestamp !== undefined) return request.headers[plan.timestamp.toLowerCase()];
  return (parts.get("t") ?? parts.get("timestamp"))?.[0];
}

/** What an expression of `verify` gives; where the call lacks what it reads, there is no proof. */
export async function valueOf(expression: Expression, request: SignedRequest, scope: Scope) {
  try {
    return await request.evaluate(expression, scope);
  } catch (error) {
    if (!(error instanceof FlowError) || error instanceof Refusal) throw error;
    const { at, text } = expression;
    throw new Refusal(
      "http-in/bad-signature",
      `"${text.slice(0, 80)}" of verify (line ${at.line}) cannot be read from this call: ${error.code}`,
    );
  }
}

async function textOf(expression: Expression, request: SignedRequest, scope: Scope) {
  const value = await valueOf(expression, request, scope);
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Refusal(
    "http-in/bad-signature",
    `"${expression.text.slice(0, 80)}" of verify gives no text for this call`,
  );
}

/** Checked after the signature: the time is only worth something once it is known to be signed. */
function checkAge(timestamp: string | undefined, tolerance: number, now: Instant): void {
  const at = parseInstant(timestamp);
  if (at === undefined) {
    throw new Refusal("http-in/bad-signature", "the signature's time is missing or no time");
  }
  if (Math.abs(now - at) > tolerance) {
    throw new Refusal(
      "http-in/old-signature",
      `the signature's time differs from ours by more than ${Math.round(tolerance / 1000)} s`,
    );
  }
}
/** Values of a header by the names its format gives them; a name may stand several times. */
function readHeader(format: string, header: string): ReadonlyMap<string, readonly string[]> {
  const mark = format.includes(";") ? ";" : ",";
  const pieces = format.split(mark);
  const isList = pieces.length > 1 && pieces.every((piece) => piece.includes("{"));
  const patterns = (isList ? pieces : [format]).flatMap((piece) => {
    const match = /^(.*?)\{([\w-]+)\}(.*)$/.exec(piece.trim());
    return match === null
      ? []
      : [{ before: match[1] ?? "", name: match[2] ?? "", after: match[3] ?? "" }];
  });
  const values = new Map<string, string[]>();
  for (const [index, token] of header.split(isList ? mark : /\s+/).entries()) {
    const text = token.trim();
    // Nothing but its place tells a piece without words of its own.
    const own = patterns.filter(({ before }, place) => before !== "" || index >= place);
    for (const { before, name, after } of isList ? own.toReversed() : own) {
      if (!text.startsWith(before) || !text.endsWith(after)) continue;
      const value = text.slice(before.length, text.length - after.length);
      values.set(name, [...(values.get(name) ?? []), value]);
      break;
    }
  }
  return values;
}

function signedBytes(
  template: string,
  { bytes }: SignedRequest,
  value: (name: string) => string | undefined,
): Buffer {
  const pieces = template.split(/\{([\w-]+)\}/).map((piece, index) => {
    if (index % 2 === 0) return Buffer.from(piece, "utf8");
    if (piece === "body") return bytes;
    const text = value(piece);
    // Signing nothing in its place would verify something else than the spec says.
    if (text === undefined) {
      throw new Refusal("http-in/bad-signature", `"${piece}" is to be signed and is missing`);
    }
    return Buffer.from(text, "latin1");
  });
  return Buffer.concat(pieces);
}

/** Parts of the request line, and the address that the sender called. */
function ofRequest(name: string, request: SignedRequest): string | undefined {
  switch (name) {
    case "method":
      return request.method;
    case "path":
      return request.target;
    case "uri":
      return calledUrl(request);
    default:
      return undefined;
  }
}
