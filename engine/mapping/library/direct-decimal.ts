import { spend } from "../value/run.ts";
import { isList } from "../value/sequence.ts";

/**
 * Decimals whose digits fit in a double exactly, counted as whole numbers of their last place. What
 * is longer, signed by `+` or no decimal is missed, and goes the long way by Big.
 */
type Direct = (first: unknown, second: unknown, third: unknown) => unknown;

/** The scale of the decimal read last. A function that gave both in an object would cost more than its work. */
let scale = 0;

const most = 15;

/** Reads `-12.50` as -1250 and leaves 2 in `scale`; NaN for what is not covered. */
function read(value: unknown): number {
  if (typeof value === "number") {
    scale = 0;
    return Number.isSafeInteger(value) && Math.abs(value) < 1e15 && !Object.is(value, -0)
      ? value
      : Number.NaN;
  }
  if (typeof value !== "string" || value.length > most) return Number.NaN;
  const isNegative = value.charCodeAt(0) === 45;
  let digits = 0;
  let point = -1;
  const start = isNegative ? 1 : 0;
  for (let i = start; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === 46 && point === -1 && i > start) point = i;
    else if (code >= 48 && code <= 57) digits = digits * 10 + code - 48;
    else return Number.NaN;
  }
  if (value.length === start || point === value.length - 1) return Number.NaN;
  // A negative zero keeps its sign in Big.
  if (isNegative && digits === 0) return Number.NaN;
  scale = point === -1 ? 0 : value.length - point - 1;
  return isNegative ? -digits : digits;
}

/** Writes -1250 at scale 2 as `-12.50`. */
function write(digits: number, at: number): string {
  const text = String(Math.abs(digits));
  const sign = digits < 0 ? "-" : "";
  if (at === 0) return sign + text;
  const padded = text.length > at ? text : text.padStart(at + 1, "0");
  return `${sign}${padded.slice(0, -at)}.${padded.slice(-at)}`;
}

const powers = Array.from({ length: most + 1 }, (_, index) => 10 ** index);
const power = (exponent: number): number => powers[exponent] ?? Number.NaN;
const isExact = (value: number): boolean => Math.abs(value) < 1e15;

/** Two decimals at one scale. */
function together(
  first: unknown,
  second: unknown,
  use: (left: number, right: number, at: number) => unknown,
): unknown {
  const left = read(first);
  const leftScale = scale;
  const right = read(second);
  const at = Math.max(leftScale, scale);
  const [a, b] = [left * power(at - leftScale), right * power(at - scale)];
  return isExact(a) && isExact(b) ? use(a, b, at) : undefined;
}

/** Rounds half to even, half up (away from zero), up or down; undefined for another mode. */
function rounded(digits: number, by: number, mode: unknown): number | undefined {
  const size = Math.abs(digits);
  const rest = size % by;
  const whole = (size - rest) / by;
  const half = by / 2;
  const isUp =
    mode === "half-up"
      ? rest >= half
      : mode === "up"
        ? rest > 0
        : mode === "down"
          ? false
          : mode === undefined || mode === "half-even"
            ? rest > half || (rest === half && whole % 2 === 1)
            : undefined;
  if (isUp === undefined) return undefined;
  return (isUp ? whole + 1 : whole) * Math.sign(digits);
}

/** Direct forms by name, with how many arguments they take. */
export function directDecimals(
  miss: symbol,
): Readonly<Record<string, readonly [least: number, most: number, run: Direct]>> {
  const sum =
    (sign: 1 | -1): Direct =>
    (first, second) =>
      together(first, second, (a, b, at) => {
        const result = a + sign * b;
        return isExact(result) ? write(result, at) : undefined;
      }) ?? miss;
  const compare =
    (holds: (order: number) => boolean): Direct =>
    (first, second) =>
      together(first, second, (a, b) => holds(a - b)) ?? miss;
  const product: Direct = (first, second) => {
    const left = read(first);
    const leftScale = scale;
    const right = read(second);
    const digits = left * right;
    // A zero may have to keep a sign.
    const isSigned = digits === 0 && (left < 0 || right < 0);
    return isExact(digits) && !isSigned ? write(digits, leftScale + scale) : miss;
  };
  const roundTo: Direct = (value, places, mode) => {
    const digits = read(value);
    const to = places === undefined ? 0 : places;
    if (typeof to !== "number" || !(to >= 0 && to <= 12) || !Number.isInteger(to)) return miss;
    const from = scale;
    if (Number.isNaN(digits)) return miss;
    const result =
      from <= to
        ? mode === undefined || mode === "half-even" || mode === "half-up"
          ? digits * power(to - from)
          : undefined
        : rounded(digits, power(from - to), mode);
    if (result === undefined || !isExact(result) || (result === 0 && digits < 0)) return miss;
    return write(result, to);
  };
  const total: Direct = (list) => {
    if (!isList(list)) return miss;
    spend(list.length << 1);
    let result = 0;
    let at = 0;
    for (const item of list) {
      const digits = read(item);
      if (scale > at) {
        result *= power(scale - at);
        at = scale;
      }
      result += digits * power(at - scale);
      // Not a number, for one, when the item was not covered.
      if (!isExact(result)) return miss;
    }
    return write(result, at);
  };
  return {
    total: [1, 1, total],
    add: [2, 2, sum(1)],
    sub: [2, 2, sum(-1)],
    mul: [2, 2, product],
    roundTo: [1, 3, roundTo],
    gt: [2, 2, compare((order) => order > 0)],
    gte: [2, 2, compare((order) => order >= 0)],
    lt: [2, 2, compare((order) => order < 0)],
    lte: [2, 2, compare((order) => order <= 0)],
    eq: [2, 2, compare((order) => order === 0)],
    ne: [2, 2, compare((order) => order !== 0)],
  };
}
