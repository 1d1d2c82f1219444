import { midnightOf } from "../../model/civil.ts";
import type { Instant } from "../../model/json.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An RFC 3339 date-time with its offset; undefined for anything else. */
export function parseDateTime(text: string): Instant | undefined {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(
      text,
    );
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index] ?? "0");
  const midnight = midnightOf(part(1), part(2), part(3));
  if (midnight === undefined || part(4) > 23 || part(5) > 59 || part(6) > 60) return undefined;
  const offset = (part(9) * 60 + part(10)) * (match[8] === "-" ? -60_000 : 60_000);
  const millis = Math.floor(Number(`0.${match[7] ?? "0"}`) * 1000);
  return midnight + (part(4) * 3600 + part(5) * 60 + part(6)) * 1000 + millis - offset;
}

/** IMF-fixdate (RFC 9110 §5.6.7), the form in which `Retry-After` names a time. */
export function parseHttpDate(text: string): Instant | undefined {
  const match =
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(
      text.trim(),
    );
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index]);
  const midnight = midnightOf(part(3), months.indexOf(match[2] ?? "") + 1, part(1));
  if (midnight === undefined || part(4) > 23 || part(5) > 59 || part(6) > 60) return undefined;
  return midnight + (part(4) * 3600 + part(5) * 60 + part(6)) * 1000;
}
