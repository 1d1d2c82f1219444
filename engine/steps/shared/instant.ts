import type { Instant } from "../../model/json.ts";

const dayMs = 86_400_000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Days from 1970-01-01 to a day of the proleptic Gregorian calendar; `month` counts from 1. The
 * year is made to begin in March, so that the leap day is its last.
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** RFC 3339 in UTC, with milliseconds only when there are some: `2026-11-23T06:20:49Z`. */
export function dateTimeText(instant: Instant): string {
  const { year, month, day } = civilFromDays(Math.floor(instant / dayMs));
  const ofDay = ((instant % dayMs) + dayMs) % dayMs;
  const seconds = Math.floor(ofDay / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const millis = ofDay % 1000;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock.map((part) => pad(part)).join(":")}${millis === 0 ? "" : `.${pad(millis, 3)}`}Z`;
}

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

function midnightOf(year: number, month: number, day: number): Instant | undefined {
  if (month < 1 || month > 12 || day < 1) return undefined;
  const days = daysFromCivil(year, month, day);
  const same = civilFromDays(days);
  return same.month === month && same.day === day ? days * dayMs : undefined;
}
