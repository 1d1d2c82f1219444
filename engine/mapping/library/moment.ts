import { refuse, shown } from "./argument.ts";
import { dateText, dateTimeText, midnightOf } from "../../model/civil.ts";

/** A calendar date, or an instant; the two never mix by accident. */
export interface Moment {
  readonly kind: "date" | "instant";
  /** Epoch milliseconds; of midnight UTC for a date. */
  readonly millis: number;
}

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?$/;

/** Reads `2026-03-29` or `2026-03-29T10:00:00+02:00`. */
export function moment(value: unknown, name: string): Moment {
  if (typeof value !== "string") {
    return refuse(
      `$${name} takes a date or a date-time as a text, and was given ${shown(value)}`,
      "epoch milliseconds become a text by $fromMillis",
    );
  }
  const date = datePattern.exec(value);
  if (date !== null) return { kind: "date", millis: checkedDay(date, value, name) };
  const parts = instantPattern.exec(value);
  if (parts === null) {
    return refuse(
      `$${name} cannot read ${shown(value)} as a date or date-time`,
      "ISO 8601 is right: 2026-03-29 or 2026-03-29T10:00:00Z",
    );
  }
  return { kind: "instant", millis: instantMillis(parts, value, name) };
}

function instantMillis(parts: RegExpExecArray, value: string, name: string): number {
  const [, , , , hour = "0", minute = "0", second = "0", fraction = "", zone] = parts;
  if (zone === undefined) {
    refuse(
      `$${name} was given ${shown(value)}, which has no offset: it may mean a different instant in each zone`,
      "add Z or an offset such as +02:00, or read it in its zone: $instant(…, 'Europe/Berlin')",
    );
  }
  const clock = [Number(hour), Number(minute), Number(second)] as const;
  if (clock[0] > 24 || clock[1] > 59 || clock[2] > 60) {
    refuse(`$${name} was given ${shown(value)}, whose time of day does not exist`);
  }
  const ms = Number(`${fraction}000`.slice(0, 3));
  const wall =
    checkedDay(parts, value, name) + clock[0] * 3_600_000 + clock[1] * 60_000 + clock[2] * 1000;
  return wall + ms - offsetOf(zone);
}

function offsetOf(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}

function checkedDay(parts: RegExpExecArray, value: string, name: string): number {
  const midnight = midnightOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  return midnight ?? refuse(`$${name} was given ${shown(value)}, a day that does not exist`);
}

/** A moment as it was given: a date stays a date, an instant is UTC. */
export function momentText({ kind, millis }: Moment): string {
  return kind === "date" ? dateText(millis) : dateTimeText(millis);
}
