import { integer, refuse, shown, text } from "./argument.ts";
import {
  type Civil,
  civilFromMillis,
  daysFromCivil,
  daysInMonth,
  millisFromCivil,
} from "../../model/civil.ts";
import type { LibraryFunction } from "./entry.ts";
import { moment, momentText } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { instantOf, wallTime, zoneOf } from "./zone.ts";

const dayMs = 86_400_000;
const units = ["hour", "day", "week", "month", "quarter", "year"] as const;
type Unit = (typeof units)[number];

function unitOf(value: unknown, name: string): Unit {
  return (
    units.find((unit) => unit === value) ??
    refuse(`$${name} does not know the unit ${shown(value)}`, `units are ${units.join(", ")}`)
  );
}

/** Changes what the wall clock shows: of the zone for an instant, of the calendar for a date. */
function onWall(at: Moment, zone: unknown, name: string, change: (wall: Civil) => number): Moment {
  if (at.kind === "date") return { kind: "date", millis: change(civilFromMillis(at.millis)) };
  if (zone === undefined) {
    refuse(
      `$${name} needs a time zone: days and months of an instant begin at different times in each`,
      "give an IANA name as the last argument, such as 'Europe/Berlin'",
    );
  }
  const place = zoneOf(zone, name);
  return {
    kind: "instant",
    millis: instantOf(change(wallTime(at.millis, place, name)), place, name),
  };
}

function startOn(wall: Civil, unit: Unit): Omit<Civil, "weekday"> {
  const midnight = { ...wall, hour: 0, minute: 0, second: 0, millisecond: 0 };
  switch (unit) {
    case "hour":
      return { ...midnight, hour: wall.hour };
    case "day":
      return midnight;
    case "week":
      return civilFromMillis(millisFromCivil(midnight) - (wall.weekday - 1) * dayMs);
    case "month":
      return { ...midnight, day: 1 };
    case "quarter":
      return { ...midnight, month: wall.month - ((wall.month - 1) % 3), day: 1 };
    case "year":
      return { ...midnight, month: 1, day: 1 };
  }
}

function nextStart(start: Omit<Civil, "weekday">, unit: Unit): number {
  const months = { month: 1, quarter: 3, year: 12, hour: 0, day: 0, week: 0 }[unit];
  const ms = { hour: 3_600_000, day: dayMs, week: 7 * dayMs, month: 0, quarter: 0, year: 0 }[unit];
  return millisFromCivil({ ...start, month: start.month + months }) + ms;
}

function startOf([unitName, value, zone]: readonly unknown[]): string | undefined {
  if (value === undefined) return undefined;
  const unit = unitOf(unitName, "startOf");
  const at = moment(value, "startOf");
  return momentText(onWall(at, zone, "startOf", (wall) => millisFromCivil(startOn(wall, unit))));
}

/** The last day of a date's unit, or the last millisecond of an instant's. */
function endOf([unitName, value, zone]: readonly unknown[]): string | undefined {
  if (value === undefined) return undefined;
  const unit = unitOf(unitName, "endOf");
  const at = moment(value, "endOf");
  const next = onWall(at, zone, "endOf", (wall) => nextStart(startOn(wall, unit), unit));
  return momentText({ ...next, millis: next.millis - (at.kind === "date" ? dayMs : 1) });
}

/** Months later; a day that the month lacks becomes its last. */
function monthsLater(wall: Omit<Civil, "weekday">, months: number): Omit<Civil, "weekday"> {
  const first = civilFromMillis(daysFromCivil(wall.year, wall.month + months, 1) * dayMs);
  const day = Math.min(wall.day, daysInMonth(first.year, first.month));
  return { ...wall, year: first.year, month: first.month, day };
}

function addDays([value, count, zone]: readonly unknown[]): string | undefined {
  if (value === undefined || count === undefined) return undefined;
  const days = integer(count, "addDays", "the days", 1_000_000);
  const at = moment(value, "addDays");
  return momentText(onWall(at, zone, "addDays", (wall) => millisFromCivil(wall) + days * dayMs));
}

function addMonths([value, count, zone]: readonly unknown[]): string | undefined {
  if (value === undefined || count === undefined) return undefined;
  const months = integer(count, "addMonths", "the months", 24_000);
  const at = moment(value, "addMonths");
  return momentText(
    onWall(at, zone, "addMonths", (wall) => millisFromCivil(monthsLater(wall, months))),
  );
}

const durationPattern =
  /^([+-])?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})(?:\.(\d{1,3}))?S)?)?$/;

function addDuration([value, duration, zone]: readonly unknown[]): string | undefined {
  if (value === undefined || duration === undefined) return undefined;
  const given = text(duration, "addDuration", "a duration");
  const parts = durationPattern.exec(given);
  if (parts === null || /[PT]$/.test(given)) {
    return refuse(
      `$addDuration cannot read the duration ${shown(given)}`,
      "ISO 8601 is right: P1M, P2DT12H, PT90M, -P1W",
    );
  }
  const sign = parts[1] === "-" ? -1 : 1;
  const n = (index: number): number => sign * Number(parts[index] ?? 0);
  const months = n(2) * 12 + n(3);
  const days = n(4) * 7 + n(5);
  const exact =
    n(6) * 3_600_000 +
    n(7) * 60_000 +
    n(8) * 1000 +
    sign * Number(`${parts[9] ?? ""}000`.slice(0, 3));
  const at = moment(value, "addDuration");
  if (at.kind === "date" && exact !== 0) {
    refuse(`$addDuration cannot add hours to the date ${shown(value)}`, "give a date-time");
  }
  const shifted =
    months === 0 && days === 0
      ? at
      : onWall(
          at,
          zone,
          "addDuration",
          (wall) => millisFromCivil(monthsLater(wall, months)) + days * dayMs,
        );
  return momentText({ ...shifted, millis: shifted.millis + exact });
}

function date([value, zone]: readonly unknown[]): string | undefined {
  if (value === undefined) return undefined;
  const at = moment(value, "date");
  if (at.kind === "date") return momentText(at);
  const place = zoneOf(zone, "date");
  return momentText({ kind: "date", millis: millisFromCivil(wallTime(at.millis, place, "date")) });
}

function ordered(
  name: string,
  holds: (order: number) => boolean,
): (args: readonly unknown[]) => boolean | undefined {
  return ([left, right]) => {
    if (left === undefined || right === undefined) return undefined;
    const [a, b] = [moment(left, name), moment(right, name)];
    if (a.kind !== b.kind) {
      refuse(
        `$${name} cannot compare the ${a.kind} ${shown(left)} with the ${b.kind} ${shown(right)}`,
        "make both dates by $date(…, zone)",
      );
    }
    return holds(a.millis - b.millis);
  };
}

/** Calendar functions. Instants are UTC; days and months are those of a zone. */
export const calendar: readonly LibraryFunction[] = [
  {
    name: "before",
    signature: "$before(a, b)",
    docs: "True when instant (or date) a lies before b. Texts do not compare in time when offsets differ; this does.",
    example: {
      expression: "$before('2026-03-29T10:00:00+02:00', '2026-03-29T08:30:00Z')",
      value: true,
    },
    arity: 2,
    checks: "<xx:b>",
    run: ordered("before", (order) => order < 0),
  },
  {
    name: "after",
    signature: "$after(a, b)",
    docs: "True when instant (or date) a lies after b.",
    example: { expression: "$after('2026-04-01', '2026-03-31')", value: true },
    arity: 2,
    checks: "<xx:b>",
    run: ordered("after", (order) => order > 0),
  },
  {
    name: "startOf",
    signature: "$startOf(unit, instant, zone)",
    docs: "First moment of the hour, day, week (Monday), month, quarter or year in a zone. A date needs no zone and gives a date.",
    example: {
      expression: "$startOf('month', '2026-04-15T08:00:00Z', 'Europe/Berlin')",
      value: "2026-03-31T22:00:00Z",
    },
    arity: 3,
    checks: "<sxs?:s>",
    run: startOf,
  },
  {
    name: "endOf",
    signature: "$endOf(unit, instant, zone)",
    docs: "Last millisecond of the unit in a zone; of a date, its last day.",
    example: { expression: "$endOf('month', '2028-02-10')", value: "2028-02-29" },
    arity: 3,
    checks: "<sxs?:s>",
    run: endOf,
  },
  {
    name: "addDays",
    signature: "$addDays(instant, days[, zone])",
    docs: "So many calendar days later, at the same time of day in the zone, also across a clock change.",
    example: {
      expression: "$addDays('2026-03-28T11:00:00Z', 1, 'Europe/Berlin')",
      value: "2026-03-29T10:00:00Z",
    },
    arity: 3,
    checks: "<xns?:s>",
    run: addDays,
  },
  {
    name: "addMonths",
    signature: "$addMonths(instant, months[, zone])",
    docs: "So many calendar months later; a day that the month lacks becomes its last.",
    example: { expression: "$addMonths('2026-01-31', 1)", value: "2026-02-28" },
    arity: 3,
    checks: "<xns?:s>",
    run: addMonths,
  },
  {
    name: "addDuration",
    signature: "$addDuration(instant, duration[, zone])",
    docs: "An ISO 8601 duration later. Years, months, weeks and days need a zone; hours and less do not.",
    example: {
      expression: "$addDuration('2026-03-28T23:30:00Z', 'PT90M')",
      value: "2026-03-29T01:00:00Z",
    },
    arity: 3,
    checks: "<xss?:s>",
    run: addDuration,
  },
  {
    name: "date",
    signature: "$date(instant, zone)",
    docs: "The calendar date of an instant in a zone.",
    example: { expression: "$date('2026-03-31T22:30:00Z', 'Europe/Berlin')", value: "2026-04-01" },
    arity: 2,
    checks: "<xs?:s>",
    run: date,
  },
];
