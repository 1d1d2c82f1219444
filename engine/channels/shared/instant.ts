import type { Instant, Json } from "../../model/json.ts";

/** From here on a number is milliseconds; below it, seconds (1e11 s is the year 5138). */
const firstMillisecond = 100_000_000_000;

/** Reads a time as sources write it: a date-time, or seconds or milliseconds since 1970. */
export function parseInstant(value: Json | undefined): Instant | undefined {
  if (typeof value === "number") return fromNumber(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return fromNumber(Number(text));
  return parseDateTime(text);
}

/**
 * Milliseconds since 1970 of a date or date-time. One that names no zone (`2026-11-20 09:30:00`, as
 * databases write it) is UTC: this machine's own zone says nothing of a partner's.
 */
export function parseDateTime(text: string): Instant | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/.exec(text);
  const at = Date.parse(match === null ? text : `${match[1]}T${match[2]}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function fromNumber(value: number): Instant | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  return Math.round(value < firstMillisecond ? value * 1000 : value);
}
