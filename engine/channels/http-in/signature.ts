import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instant } from "../../model/json.ts";
import type { WebhookPlan } from "../../model/plan/adapter.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { parseInstant } from "../shared/instant.ts";
import { Refusal } from "./problem.ts";

type VerifyPlan = WebhookPlan["verify"];
type HmacPlan = Extract<VerifyPlan, { kind: "hmac" }>;
type BasicPlan = Extract<VerifyPlan, { kind: "basic" }>;
type TokenPlan = Extract<VerifyPlan, { kind: "token" }>;

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** As received: a signature is over bytes, not over what they parse to. */
  readonly bytes: Buffer;
  readonly now: Instant;
  readonly method: string;
  /** Path and query, as received. */
  readonly target: string;
  /** The whole address, where the spec says it. */
  readonly url?: string;
}

const toleranceMs = 300_000;

/** Checks who calls. Throws 401; comparisons take the same time whatever differs. */
export function verifyCaller(plan: VerifyPlan, request: SignedRequest, secrets: Secrets): void {
  switch (plan.kind) {
    case "none":
      return;
    case "token":
      verifyToken(plan, request, secrets);
      return;
    case "basic":
      verifyBasic(plan, request, secrets);
      return;
    case "hmac":
      verifyHmac(plan, request, secrets);
  }
}

function verifyToken(plan: TokenPlan, request: SignedRequest, secrets: Secrets): void {
  const { place, given } = tokenOf(plan, request);
  const prefix = plan.prefix ?? "";
  const token = given.startsWith(prefix) ? Buffer.from(given.slice(prefix.length)) : undefined;
  // Every secret is compared, so that the time tells neither which one nor how many there are.
  const matches = keysOf(plan.value, secrets).filter(
    (key) => token !== undefined && isSame(token, Buffer.from(key)),
  );
  if (matches.length === 0) {
    throw new Refusal("http-in/bad-token", `${place} holds no valid token`);
  }
}

function tokenOf({ header = "", query }: TokenPlan, { headers, target }: SignedRequest) {
  if (query === undefined) {
    return { place: `header "${header}"`, given: headers[header.toLowerCase()] ?? "" };
  }
  const parameters = new URLSearchParams(target.split("?").slice(1).join("?"));
  return { place: `parameter "${query}"`, given: parameters.get(query) ?? "" };
}

function verifyBasic(plan: BasicPlan, { headers }: SignedRequest, secrets: Secrets): void {
  const given = /^Basic +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "";
  const user = secrets.secret(plan.value.user) ?? "";
  const password = secrets.secret(plan.value.password) ?? "";
  const expected = Buffer.from(`${user}:${password}`, "utf8");
  // A user alone is no proof, and neither is an empty password.
  if (password === "" || !isSame(Buffer.from(given, "base64"), expected)) {
    throw new Refusal(
      "http-in/bad-token",
      'header "Authorization" holds no valid user and password',
    );
  }
}

/**
 * An HMAC in the ways vendors write it: Stripe (`t={t},v1={signature}` over `{t}.{body}`), GitHub
 * (`sha256={signature}`), Zendesk (base64 over `{timestamp}{body}`, the time in a header of its own),
 * Standard Webhooks (`v1,{signature}` over `{webhook-id}.{webhook-timestamp}.{body}`), HubSpot (base64
 * over `{method}{uri}{body}{timestamp}`), Slack (`v0={signature}` over `v0:{timestamp}:{body}`), Paddle
 * (`ts={t};h1={signature}` over `{t}:{body}`), Recurly (`{t},{signature}` over `{t}.{body}`).
 */
function verifyHmac(plan: HmacPlan, request: SignedRequest, secrets: Secrets): void {
  const header = request.headers[plan.header.toLowerCase()];
  if (header === undefined || header === "") {
    throw new Refusal("http-in/bad-signature", `header "${plan.header}" is missing`);
  }
  const parts = readHeader(plan.format ?? "{signature}", header);
  const timestamp =
    plan.timestamp === undefined
      ? (parts.get("t") ?? parts.get("timestamp"))?.[0]
      : request.headers[plan.timestamp.toLowerCase()];
  const encoding = plan.encoding ?? "hex";
  const given = (parts.get("signature") ?? parts.get("v1") ?? []).map((text) =>
    Buffer.from(text, encoding),
  );
  const signed = signedBytes(plan.signed ?? "{body}", request, (name) =>
    name === "timestamp"
      ? timestamp
      : (parts.get(name)?.[0] ?? ofRequest(name, request) ?? request.headers[name.toLowerCase()]),
  );
  const matches = keysOf(plan.value, secrets)
    .flatMap((key) => hmacKeys(key, encoding))
    .map((key) =>
      createHmac(plan.algorithm ?? "sha256", key)
        .update(signed)
        .digest(),
    )
    .filter((expected) => given.some((signature) => isSame(signature, expected)));
  if (matches.length === 0) {
    throw new Refusal("http-in/bad-signature", `header "${plan.header}" does not sign this body`);
  }
  const needsTime = plan.timestamp !== undefined || /\{(t|timestamp)\}/.test(plan.signed ?? "");
  if (needsTime) checkAge(timestamp, plan.tolerance ?? toleranceMs, request.now);
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
      return request.url ?? calledUrl(request);
    default:
      return undefined;
  }
}

/** Who forges these headers only breaks the signature: the address is under it. */
function calledUrl({ headers, target }: SignedRequest): string {
  const first = (name: string) => headers[name]?.split(",")[0]?.trim();
  const host = first("x-forwarded-host") ?? headers["host"] ?? "";
  return `${first("x-forwarded-proto") ?? "http"}://${host}${target}`;
}

function keysOf(names: readonly string[], secrets: Secrets): readonly string[] {
  // An empty secret would let anyone sign.
  return names.map((name) => secrets.secret(name) ?? "").filter((value) => value !== "");
}

/** Standard Webhooks writes its keys as `whsec_` and base64; Stripe's look alike and are meant as they are. */
function hmacKeys(key: string, encoding: "hex" | "base64"): readonly (string | Buffer)[] {
  const encoded = encoding === "base64" ? /^whsec_(.+)$/.exec(key)?.[1] : undefined;
  return encoded === undefined ? [key] : [key, Buffer.from(encoded, "base64")];
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
