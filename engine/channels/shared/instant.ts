import type { Instant, Json } from "../../model/json.ts";

/** From here on a number is milliseconds; below it, seconds (1e11 s is the year 5138). */
const firstMillisecond = 100_000_000_000;

/** Reads a time as sources write it: a date-time, or seconds or milliseconds since 1970. */
export function parseInstant(value: Json | undefined): Instant | undefined {
  if (typeof value === "number") return fromNumber(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return fromNumber(Number(text));
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function fromNumber(value: number): Instant | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  return Math.round(value < firstMillisecond ? value * 1000 : value);
}
