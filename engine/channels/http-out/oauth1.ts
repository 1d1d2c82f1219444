import { createHmac } from "node:crypto";
import { compare, escape } from "./percent.ts";
import type { WrittenRequest } from "./wire.ts";

/** Whom a signature speaks for. One-legged use (a client alone) has no token. */
export interface Oauth1Keys {
  readonly consumer: string;
  readonly consumerSecret: string;
  readonly token?: string;
  readonly tokenSecret?: string;
  readonly algorithm: "sha256" | "sha1";
  readonly realm?: string;
}

/** What makes each signature another: `timestamp` is in seconds. */
export interface Oauth1Moment {
  readonly timestamp: number;
  readonly nonce: string;
}

type Pair = readonly [string, string];

/**
 * The `Authorization` header of OAuth 1.0 (RFC 5849 §3.5.1), made over the request as it goes out.
 * Own code of node:crypto: the libraries for it have not been kept for years, and build the address
 * anew from text, where one other escape makes every signature wrong.
 */
export function oauth1Header(
  request: WrittenRequest,
  keys: Oauth1Keys,
  { nonce, timestamp }: Oauth1Moment,
): string {
  const fields: readonly Pair[] = [
    ["oauth_consumer_key", keys.consumer],
    ...(keys.token === undefined ? [] : [["oauth_token", keys.token] as const]),
    ["oauth_signature_method", keys.algorithm === "sha1" ? "HMAC-SHA1" : "HMAC-SHA256"],
    ["oauth_timestamp", String(timestamp)],
    ["oauth_nonce", nonce],
  ];
  const key = `${escape(keys.consumerSecret)}&${escape(keys.tokenSecret ?? "")}`;
  const signature = createHmac(keys.algorithm, key)
    .update(oauth1BaseString(request, fields))
    .digest("base64");
  // The realm says where, and is not signed (§3.4.1.3.1).
  const realm = keys.realm === undefined ? [] : [`realm="${keys.realm.replace(/["\\]/g, "\\$&")}"`];
  const signed = [...fields, ["oauth_signature", signature] as const];
  return `OAuth ${[...realm, ...signed.map(([name, value]) => `${name}="${escape(value)}"`)].join(", ")}`;
}

/** The text that is signed (§3.4.1): method, address, and all parameters of query, form and header, sorted. */
export function oauth1BaseString(
  { address: { url }, wire }: WrittenRequest,
  fields: readonly Pair[],
): string {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(wire.headers["content-type"] ?? "");
  const form = isForm && typeof wire.body === "string" ? wire.body : "";
  const parameters = [...url.searchParams, ...new URLSearchParams(form), ...fields]
    .map(([name, value]) => [escape(name), escape(value)] as const)
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const method = wire.method.toUpperCase();
  return [method, `${url.origin}${url.pathname}`, parameters].map(escape).join("&");
}
