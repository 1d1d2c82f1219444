import { refuse, shown } from "./argument.ts";
import type { LibraryFunction } from "./entry.ts";
import { moment, momentText } from "./moment.ts";
import { instantOf, zoneOf } from "./zone.ts";

/** How old Microsoft services write milliseconds; an offset behind them changes nothing. */
const dateCall = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/;
/** Of mail and feeds (RFC 5322), the day's name left aside. */
const mailTime =
  /^(?:[A-Z][a-z]{2},? +)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}(?::\d{2})?) (GMT|UTC?|Z|[+-]\d{4})$/;
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const local = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?))?$/;
/** A blank in place of the T, and one before the offset. */
const spaced =
  /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(Z|UTC|[+-]\d{2}:?\d{2})$/;
/** Of the years 1 to 9999, which four digits can say. */
const [first, last] = [-62_135_596_800_000, 253_402_300_799_999];

/** An instant as UTC, from the ways in which vendors write one. */
function instant([value, zone]: readonly unknown[]): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return fromMillis(value, value);
  if (typeof value !== "string") return momentText(moment(value, "instant"));
  const [, millis] = dateCall.exec(value) ?? [];
  if (millis !== undefined) return fromMillis(Number(millis), value);
  const iso = isoOf(value);
  const wall = local.exec(iso);
  if (wall === null) return momentText(moment(iso, "instant"));
  if (zone === undefined) {
    return refuse(
      `$instant was given ${shown(value)}, which has no offset, and no zone to read it in`,
      "give the zone that the vendor means, such as 'Europe/Berlin' or 'UTC'",
    );
  }
  const [, day = "", time = "00:00"] = wall;
  const shownThere = moment(`${day}T${time}Z`, "instant").millis;
  return momentText({
    kind: "instant",
    millis: instantOf(shownThere, zoneOf(zone, "instant"), "instant"),
  });
}

function isoOf(value: string): string {
  const mail = mailTime.exec(value);
  if (mail !== null) {
    const [, day = "", month = "", year = "", time = "", offset = ""] = mail;
    const number = months.indexOf(month) + 1;
    if (number === 0) return value;
    return `${year}-${two(number)}-${two(Number(day))}T${time}${/^[+-]/.test(offset) ? offset : "Z"}`;
  }
  const [, date, time = "", offset = ""] = spaced.exec(value) ?? [];
  return date === undefined ? value : `${date}T${time}${offset === "UTC" ? "Z" : offset}`;
}

const two = (number: number): string => String(number).padStart(2, "0");

function fromMillis(millis: number, given: unknown): string {
  if (millis >= first && millis <= last) {
    return momentText({ kind: "instant", millis: Math.floor(millis) });
  }
  return refuse(
    `$instant cannot read ${shown(given)} as milliseconds since 1970`,
    "seconds are read as $instant(seconds * 1000)",
  );
}

export const instants: readonly LibraryFunction[] = [
  {
    name: "instant",
    signature: "$instant(value[, zone])",
    docs: "An instant as UTC, from the ways in which vendors write one: without an offset it is read in the zone (a time that comes twice is the first); milliseconds since 1970; `/Date(…)/`; as in mail, `Tue, 01 Dec 2026 10:00:00 +0100`.",
    example: {
      expression: "$instant('2026-07-01 10:00:00', 'Europe/Berlin')",
      value: "2026-07-01T08:00:00Z",
    },
    arity: 2,
    checks: "<xs?:s>",
    run: instant,
  },
];
