import type { Json } from "../../model/json.ts";
import { parseDateTime } from "../shared/instant.ts";

/**
 * Which of two cursors is further: numbers and texts of digits as numbers, date-times as times, any
 * other text as text. Negative, zero or positive, as for sorting.
 */
export function compareCursors(a: Json, b: Json): number {
  const [x, y] = [asDecimal(a), asDecimal(b)];
  if (x !== undefined && y !== undefined) return compareDecimals(x, y);
  const [from, to] = [asTime(a), asTime(b)];
  // Two times within one millisecond differ in digits that a Date does not hold.
  if (from !== undefined && to !== undefined && from !== to) return from - to;
  const [s, t] = [a, b].map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  if (s === undefined || t === undefined) return 0;
  return s < t ? -1 : s > t ? 1 : 0;
}

/** The cursor that reads `overlap` again: milliseconds before a time, or numbers before a number. */
export function rewind(cursor: Json, overlap: number | undefined): Json {
  if (overlap === undefined || overlap === 0) return cursor;
  // Ids and times count from zero: a first poll must not ask for negative ones.
  if (typeof cursor === "number")
    return cursor < 0 ? cursor - overlap : Math.max(0, cursor - overlap);
  if (typeof cursor !== "string") return cursor;
  if (/^\d+$/.test(cursor)) {
    const earlier = BigInt(cursor) - BigInt(Math.round(overlap));
    return String(earlier < 0n ? 0n : earlier);
  }
  const at = asTime(cursor);
  return at === undefined ? cursor : new Date(at - overlap).toISOString();
}

function asTime(value: Json): number | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined;
  return parseDateTime(value);
}

interface Decimal {
  readonly whole: bigint;
  readonly fraction: string;
}

/** Ids and sequence numbers may exceed a double: they are compared digit by digit. */
function asDecimal(value: Json): Decimal | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(String(value));
  return match === null ? undefined : { whole: BigInt(match[1] ?? "0"), fraction: match[2] ?? "" };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.whole !== b.whole) return a.whole < b.whole ? -1 : 1;
  const length = Math.max(a.fraction.length, b.fraction.length);
  const [x, y] = [a.fraction.padEnd(length, "0"), b.fraction.padEnd(length, "0")];
  const sign = a.whole < 0n ? -1 : 1;
  return x === y ? 0 : x < y ? -sign : sign;
}
