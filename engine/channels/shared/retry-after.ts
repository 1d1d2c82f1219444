import type { Instant } from "../../model/json.ts";

/** Reads a `Retry-After` header (RFC 9110 §10.2.3): seconds, of which some vendors send parts, or an HTTP date. */
export function parseRetryAfter(value: string | undefined, now: Instant): Instant | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return now + Math.ceil(Number(text) * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Writes a `Retry-After` header in seconds, at least 1. */
export function retryAfterSeconds(at: Instant, now: Instant): string {
  return String(Math.max(1, Math.ceil((at - now) / 1000)));
}
