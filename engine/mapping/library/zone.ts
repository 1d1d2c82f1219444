import { type Civil, civilFromMillis, millisFromCivil } from "../../model/civil.ts";
import { spend } from "../value/run.ts";
import { refuse, shown, text } from "./argument.ts";

const formats = new Map<string, Intl.DateTimeFormat>();
/** Zones are few; names come from data too, so the table is bounded. */
const formatsMost = 600;

/** Reads the wall clock of an IANA zone; the zone must exist. */
function formatOf(zone: string, name: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formats.size >= formatsMost) formats.clear();
    formats.set(zone, format);
    return format;
  } catch {
    return refuse(
      `$${name} does not know the time zone ${shown(zone)}`,
      "an IANA name such as Europe/Berlin or UTC is right",
    );
  }
}

/** The zone argument of a function. */
export function zoneOf(value: unknown, name: string): string {
  const zone = text(value, name, "a time zone");
  formatOf(zone, name);
  return zone;
}

/** Offsets by zone and quarter of an hour, at whose ends alone they have changed since 1973. */
const offsets = new Map<string, Map<number, number>>();
const offsetsMost = 4096;
const quarterMs = 900_000;
const since1973 = 94_694_400_000;

/** Milliseconds that the wall clock of a zone is ahead of UTC at an instant. */
function offsetAt(zone: string, millis: number, name: string): number {
  if (zone === "UTC") return 0;
  // The same whether it is known or not, so that an evaluation always ends the same way.
  spend(300);
  if (millis < since1973) return offsetBy(zone, millis, name);
  const quarter = Math.floor(millis / quarterMs);
  const known = offsets.get(zone)?.get(quarter);
  if (known !== undefined) return known;
  const offset = offsetBy(zone, millis, name);
  if (offsets.size >= formatsMost) offsets.clear();
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  if (ofZone.size >= offsetsMost) ofZone.clear();
  offsets.set(zone, ofZone.set(quarter, offset));
  return offset;
}

function offsetBy(zone: string, millis: number, name: string): number {
  const parts = Object.fromEntries(
    formatOf(zone, name)
      .formatToParts(millis)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: string): number => Number(parts[type]);
  const year = parts["era"] === "BC" ? 1 - number("year") : number("year");
  const wall = millisFromCivil({
    year,
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
    millisecond: 0,
  });
  return wall - Math.floor(millis / 1000) * 1000;
}

/** What the wall clock of a zone shows at an instant. */
export function wallTime(millis: number, zone: string, name: string): Civil {
  return civilFromMillis(millis + offsetAt(zone, millis, name));
}

/**
 * The instant when the wall clock of a zone shows a moment. A moment that comes twice (clocks go
 * back) is the first of the two; one that never comes (clocks go forward) moves on by the gap.
 */
export function instantOf(wall: number, zone: string, name: string): number {
  const day = 86_400_000;
  const before = offsetAt(zone, wall - day, name);
  const after = offsetAt(zone, wall + day, name);
  const found = [before, after]
    .map((offset) => wall - offset)
    .filter((instant) => instant + offsetAt(zone, instant, name) === wall);
  return found.length === 0 ? wall - before : Math.min(...found);
}
