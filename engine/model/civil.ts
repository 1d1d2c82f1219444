/** A moment on the wall: calendar date and time of day, without a zone. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 1 Monday to 7 Sunday, as in ISO 8601. */
  readonly weekday: number;
}

const dayMs = 86_400_000;

/** Days since 1970-01-01 in the proleptic Gregorian calendar; months count from 1 and may overflow. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const carried = year + Math.floor((month - 1) / 12);
  const inYear = ((month - 1) % 12) + ((month - 1) % 12 < 0 ? 12 : 0) + 1;
  // Years begin in March, so that the leap day is the last of a year.
  const y = inYear <= 2 ? carried - 1 : carried;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (inYear + (inYear > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The instant of a moment in UTC, in epoch milliseconds. */
export function millisFromCivil(civil: Omit<Civil, "weekday">): number {
  const { year, month, day, hour, minute, second, millisecond } = civil;
  return (
    daysFromCivil(year, month, day) * dayMs +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1_000 +
    millisecond
  );
}

/** The moment in UTC of an instant. */
export function civilFromMillis(millis: number): Civil {
  const days = Math.floor(millis / dayMs);
  const rest = millis - days * dayMs;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1_000) % 60,
    millisecond: rest % 1_000,
    weekday: ((((days + 3) % 7) + 7) % 7) + 1,
  };
}

/** Days of a month. */
export function daysInMonth(year: number, month: number): number {
  return daysFromCivil(year, month + 1, 1) - daysFromCivil(year, month, 1);
}

/** Midnight UTC of a day; undefined for what no calendar has (2027-02-30). */
export function midnightOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day) * dayMs;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");
const pad2 = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** The calendar date of an instant in UTC: `2026-11-23`. */
export function dateText(millis: number): string {
  const { year, month, day } = civilFromMillis(millis);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** RFC 3339 in UTC, with milliseconds only when there are some: `2026-11-23T06:20:49Z`. */
export function dateTimeText(millis: number): string {
  const days = Math.floor(millis / dayMs);
  const rest = millis - days * dayMs;
  const second = Math.floor(rest / 1_000);
  const minute = Math.floor(second / 60);
  const millisecond = rest % 1_000;
  const fraction = millisecond === 0 ? "" : `.${pad(millisecond, 3)}`;
  const time = `${pad2(Math.floor(minute / 60))}:${pad2(minute % 60)}:${pad2(second % 60)}`;
  return `${dayText(days)}T${time}${fraction}Z`;
}

/** Most instants are of one day. */
let latest = { days: 0, text: "1970-01-01" };

function dayText(days: number): string {
  if (latest.days !== days) latest = { days, text: dateText(days * dayMs) };
  return latest.text;
}
