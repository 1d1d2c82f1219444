import { append, isDict } from "../value/basic.ts";
import { civilFromMillis, daysInMonth, millisFromCivil } from "../../model/civil.ts";
import { directDecimals } from "../library/direct-decimal.ts";
import { replaceShort } from "./regex.ts";
import { isList } from "../value/sequence.ts";
import { spend } from "../value/run.ts";

/** Given by a direct form that does not cover its arguments: the full call decides. */
export const miss: unique symbol = Symbol("miss");

/**
 * The common case of a function, past signatures and argument lists. A direct form gives what the
 * function gives, or `miss`; it never throws and never takes the context.
 */
type Direct = (first: unknown, second: unknown, third: unknown) => unknown;

/** Texts of this length cost no fuel worth counting. */
const shortText = 512;
const places = Array.from({ length: 16 }, (_, index) => 10 ** index);
const powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/**
 * Rounds half to even on the decimal text of a number. The shifted number is off by less than a few
 * units in its last place, so it decides unless it lies next to a half.
 */
function round(value: unknown, precision: unknown): unknown {
  const digits = precision === undefined ? 0 : precision;
  if (typeof value !== "number" || typeof digits !== "number") return miss;
  const power = powers[digits];
  if (power === undefined) return miss;
  const shifted = value * power;
  if (!(Math.abs(shifted) < 1e12)) return miss;
  const floor = Math.floor(shifted);
  const rest = shifted - floor;
  if (Math.abs(rest - 0.5) < 1e-3) return miss;
  const result = (rest < 0.5 ? floor : floor + 1) / power;
  return result === 0 ? 0 : result;
}

function sum(list: unknown): unknown {
  if (list === undefined) return undefined;
  if (typeof list === "number") return 0 + list;
  if (!isList(list)) return miss;
  spend(list.length);
  let total = 0;
  for (const item of list) {
    if (typeof item !== "number") return miss;
    total += item;
  }
  return total;
}

/**
 * Digits with at most one point among them: so few that the digits as a whole number and the power of
 * ten are exact, and their quotient is rounded once, as it is when the text is read.
 */
function number(value: unknown): unknown {
  if (typeof value === "number" || value === undefined) return value;
  if (typeof value !== "string" || value.length === 0 || value.length > 15) return miss;
  const last = value.length - 1;
  let digits = 0;
  let point = -1;
  for (let i = 0; i <= last; i += 1) {
    const code = value.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = digits * 10 + code - 48;
    else if (code === 46 && point === -1 && i > 0 && i < last) point = i;
    else return miss;
  }
  return point === -1 ? digits : digits / (places[last - point] ?? Number.NaN);
}

/** Where there is none, code units are characters. */
const surrogate = /[\ud800-\udfff]/;

function substring(text: unknown, start: unknown, length: unknown): unknown {
  if (typeof text !== "string" || text.length > shortText) return miss;
  if (typeof start !== "number" || !(start >= 0)) return miss;
  if (surrogate.test(text)) return miss;
  if (length === undefined) return text.slice(start);
  if (typeof length !== "number") return miss;
  return length > 0 ? text.slice(start, start + length) : "";
}

function substringBefore(text: unknown, part: unknown): unknown {
  if (typeof text !== "string" || typeof part !== "string" || text.length > shortText) return miss;
  const at = text.indexOf(part);
  return at === -1 ? text : text.slice(0, at);
}

function substringAfter(text: unknown, part: unknown): unknown {
  if (typeof text !== "string" || typeof part !== "string" || text.length > shortText) return miss;
  const at = text.indexOf(part);
  return at === -1 ? text : text.slice(at + part.length);
}

/** Blanks at the ends; runs of blanks within are rare and left to the full form. */
function trim(text: unknown): unknown {
  if (typeof text !== "string" || text.length > shortText) return miss;
  let wasBlank = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 9 || code === 10 || code === 13 || (code === 32 && wasBlank)) return miss;
    wasBlank = code === 32;
  }
  const start = text.startsWith(" ") ? 1 : 0;
  return text.slice(start, text.endsWith(" ") ? Math.max(start, text.length - 1) : text.length);
}

function join(list: unknown, separator: unknown): unknown {
  if (!isList(list) || list.length > 64) return miss;
  if (separator !== undefined && typeof separator !== "string") return miss;
  let length = 0;
  for (const item of list) {
    if (typeof item !== "string") return miss;
    length += item.length;
  }
  const between = separator ?? "";
  if (length + between.length * list.length > shortText) return miss;
  // A few parts are put together before the platform's own join has begun.
  if (list.length > 16) return list.join(between);
  let text = "";
  for (let i = 0; i < list.length; i += 1) text += i === 0 ? list[i] : between + String(list[i]);
  return text;
}

function contains(text: unknown, part: unknown): unknown {
  if (typeof text !== "string" || typeof part !== "string") return miss;
  return text.length > shortText ? miss : text.includes(part);
}

function split(text: unknown, separator: unknown, limit: unknown): unknown {
  if (typeof text !== "string" || typeof separator !== "string" || limit !== undefined) return miss;
  return text.length > shortText ? miss : text.split(separator);
}

function lookup(input: unknown, key: unknown): unknown {
  if (!isDict(input) || typeof key !== "string") return miss;
  return Object.hasOwn(input, key) ? input[key] : undefined;
}

function appendLists(left: unknown, right: unknown): unknown {
  spend((isList(left) ? left.length : 1) + (isList(right) ? right.length : 1));
  return append(left, right);
}

function type(value: unknown): unknown {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
    case "boolean":
      return typeof value;
    case "number":
      return Number.isFinite(value) ? "number" : miss;
    case "object":
      if (value === null) return "null";
      return isList(value) ? "array" : isDict(value) ? "object" : miss;
    default:
      return miss;
  }
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const three = (value: number): string => (value < 100 ? `0${two(value)}` : String(value));

/** ISO 8601 in UTC, which is what `$fromMillis` writes without a picture. */
function fromMillis(millis: unknown, picture: unknown, zone: unknown): unknown {
  if (millis === undefined) return undefined;
  if (typeof millis !== "number" || picture !== undefined || zone !== undefined) return miss;
  // From year 1000 to 9999: four digits.
  if (!Number.isInteger(millis) || millis < -30_610_224_000_000 || millis > 253_402_300_799_999) {
    return miss;
  }
  const { year, month, day, hour, minute, second, millisecond } = civilFromMillis(millis);
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${three(millisecond)}Z`;
}

const instant =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-])(\d\d):?(\d\d))$/;

/** ISO 8601 with a time and an offset. */
function toMillis(text: unknown, picture: unknown): unknown {
  if (typeof text !== "string" || picture !== undefined || text.length > 29) return miss;
  const parts = instant.exec(text);
  if (parts === null) return miss;
  const at = {
    year: Number(parts[1]),
    month: Number(parts[2]),
    day: Number(parts[3]),
    hour: Number(parts[4]),
    minute: Number(parts[5]),
    second: Number(parts[6]),
    millisecond: Number(parts[7] ?? 0),
  };
  if (at.year < 1000 || at.month < 1 || at.month > 12 || at.day < 1) return miss;
  if (at.day > daysInMonth(at.year, at.month)) return miss;
  if (at.hour > 23 || at.minute > 59 || at.second > 59) return miss;
  const [hours, minutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (hours > 23 || minutes > 59) return miss;
  const offset = (hours * 60 + minutes) * 60_000;
  return millisFromCivil(at) - (parts[8] === "-" ? -offset : offset);
}

function max(list: unknown): unknown {
  if (!isList(list) || list.length === 0) return miss;
  spend(list.length);
  let best = -Infinity;
  for (const item of list) {
    if (typeof item !== "number") return miss;
    best = Math.max(best, item);
  }
  return best;
}

/** How many arguments a direct form takes at least and at most, and the form. */
export const directs: ReadonlyMap<string, readonly [least: number, most: number, run: Direct]> =
  new Map<string, readonly [number, number, Direct]>([
    ["round", [1, 2, round]],
    ["sum", [1, 1, sum]],
    ["max", [1, 1, max]],
    ["number", [1, 1, number]],
    ["substring", [2, 3, substring]],
    ["substringBefore", [2, 2, substringBefore]],
    ["substringAfter", [2, 2, substringAfter]],
    ["trim", [1, 1, trim]],
    ["join", [1, 2, join]],
    ["contains", [2, 2, contains]],
    ["replace", [3, 3, (text, pattern, by) => replaceShort(text, pattern, by) ?? miss]],
    ["split", [2, 2, split]],
    ["lookup", [2, 2, lookup]],
    ["append", [2, 2, appendLists]],
    ["type", [1, 1, type]],
    ["fromMillis", [1, 1, fromMillis]],
    ["toMillis", [1, 1, toMillis]],
    ...Object.entries(directDecimals(miss)).map(
      ([name, [least, most, run]]): [string, readonly [number, number, Direct]] => [
        name,
        [least, most, run],
      ],
    ),
  ]);
