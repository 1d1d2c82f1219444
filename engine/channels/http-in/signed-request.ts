import { createHash, timingSafeEqual } from "node:crypto";
import type { Expression, Scope, Template } from "../../model/expression.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { WebhookPlan } from "../../model/plan/adapter.ts";

export type Plan = WebhookPlan["verify"];

/** A set of public keys as a partner publishes it (RFC 7517), or why it cannot be had. */
export type KeySet =
  | { readonly kind: "keys"; readonly keys: Json }
  | { readonly kind: "unreachable"; readonly reason: string };

/** A call whose sender is to be known. */
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
  /** What values of `verify` may name before anything of the body is read. */
  readonly constants: Scope;
  /** What expressions of `verify` may name, once for each item of the body. Throws `Refusal`. */
  scopes(): Promise<readonly Scope[]>;
  /** Throws `FlowError`. */
  evaluate(value: Expression | Template, scope: Scope): Promise<Json | undefined>;
  /** Keys at an address; `fresh` where those that are known do not hold the one that is wanted. */
  keySet(url: string, fresh: boolean): Promise<KeySet>;
}

/** `$request`: the call as its sender made it. */
export function requestRoot(
  request: Pick<SignedRequest, "headers" | "bytes" | "method" | "target" | "url">,
): Readonly<Record<string, string>> {
  const { bytes, method, target } = request;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    method,
    path: target,
    uri: calledUrl(request),
    sha256,
    // Few want the bytes as they came; for the others they are not read.
    get text() {
      return bytes.toString("utf8");
    },
  };
}

/** Who forges these headers only breaks the signature: the address is under it. */
export function calledUrl({
  headers,
  target,
  url,
}: Pick<SignedRequest, "headers" | "target" | "url">): string {
  if (url !== undefined) return url;
  const first = (name: string) => headers[name]?.split(",")[0]?.trim();
  const host = first("x-forwarded-host") ?? headers["host"] ?? "";
  return `${first("x-forwarded-proto") ?? "http"}://${host}${target}`;
}

/** In the same time whatever differs. */
export function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
