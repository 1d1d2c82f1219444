import type { Instant } from "../../model/json.ts";
import { parseHttpDate } from "../shared/instant.ts";

/** When a partner wants to be asked again: `Retry-After` in seconds, of which some send parts, or as a date (RFC 9110 §10.2.3). */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  now: Instant,
): Instant | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  return /^\d{1,9}(\.\d+)?$/.test(text)
    ? now + Math.ceil(Number(text) * 1000)
    : parseHttpDate(text);
}
