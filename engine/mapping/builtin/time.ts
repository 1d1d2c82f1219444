import { civilFromMillis } from "../../model/civil.ts";
import { fail } from "../value/fault.ts";
import { running, spend } from "../value/run.ts";
import type { Implementation } from "./builtin.ts";
import { focus, reference } from "./reference.ts";

/** What the reference asks of its clock's `Date`, from the recorded time. */
function timestamp(millis: number): Readonly<Record<string, () => number>> {
  const civil = civilFromMillis(millis);
  return {
    getTime: () => millis,
    valueOf: () => millis,
    getUTCFullYear: () => civil.year,
    getUTCMonth: () => civil.month - 1,
    getUTCDate: () => civil.day,
    getUTCDay: () => civil.weekday % 7,
    getUTCHours: () => civil.hour,
    getUTCMinutes: () => civil.minute,
    getUTCSeconds: () => civil.second,
    getUTCMilliseconds: () => civil.millisecond,
  };
}

/** Widths in pictures make texts of that length; the reference does not bound them. */
function checkPicture(picture: unknown): void {
  if (typeof picture === "string" && (picture.length > 1_000 || /\d{7}/.test(picture))) {
    fail("picture-too-long", { value: picture.slice(0, 60) });
  }
}

function format(millis: unknown, picture: unknown, zone: unknown): unknown {
  checkPicture(picture);
  spend(typeof picture === "string" ? 300 + picture.length * 12 : 80);
  return reference("fromMillis").implementation.call(focus, millis, picture, zone);
}

/**
 * The reference reads a time without offset in the zone of the machine; here it is UTC, so that the
 * same message gives the same result everywhere.
 */
function toMillis([text, picture]: readonly unknown[]): unknown {
  checkPicture(picture);
  const isLocal = typeof text === "string" && /T[\d:.]+$/.test(text);
  const given = picture === undefined && isLocal ? `${text}Z` : text;
  // Pictures become patterns that backtrack; texts of this length cannot hurt.
  const most = typeof picture === "string" && picture.includes("][") ? 40 : 128;
  if (typeof given === "string" && given.length > most)
    fail("D3110", { value: given.slice(0, 60) });
  if (typeof picture === "string") spend(500 + picture.length * 16);
  const at = { ...focus, environment: { timestamp: timestamp(running().context.now) } };
  return reference("toMillis").implementation.call(at, given, picture);
}

/** Time from the recorded instant, never from a clock. */
export const time: Readonly<Record<string, Implementation>> = {
  millis: () => running().context.now,
  now: ([picture, zone]) => format(running().context.now, picture, zone),
  fromMillis: ([millis, picture, zone]) => format(millis, picture, zone),
  toMillis,
};
