import Big from "big.js";
import { spend } from "../value/run.ts";
import { isList } from "../value/sequence.ts";
import { decimal, integer, refuse, scaleOfText, shown, text } from "./argument.ts";
import type { LibraryFunction } from "./entry.ts";

const modes: Readonly<Record<string, 0 | 1 | 2 | 3>> = {
  down: 0,
  "half-up": 1,
  "half-even": 2,
  up: 3,
};

/** Minor digits of the currencies that do not have two (ISO 4217). */
const minorDigits: Readonly<Record<string, number>> = Object.fromEntries([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    .split(" ")
    .map((code) => [code, 0]),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3]),
  ..."CLF UYW".split(" ").map((code) => [code, 4]),
]) as Record<string, number>;

function digitsOf(currency: unknown, name: string): number {
  const code = text(currency, name, "a currency");
  if (!/^[A-Z]{3}$/.test(code)) {
    refuse(
      `$${name} was given the currency ${shown(code)}`,
      "an ISO 4217 code such as EUR is right",
    );
  }
  return minorDigits[code] ?? 2;
}

function mode(value: unknown, name: string): 0 | 1 | 2 | 3 {
  if (value === undefined) return 2;
  const known = typeof value === "string" && Object.hasOwn(modes, value) ? modes[value] : undefined;
  return (
    known ??
    refuse(
      `$${name} does not know the rounding mode ${shown(value)}`,
      `modes are ${Object.keys(modes).join(", ")}`,
    )
  );
}

/** JSONata's convention: a function of nothing is nothing. */
function lacks(args: readonly unknown[], count: number): boolean {
  for (let i = 0; i < count; i += 1) if (args[i] === undefined) return true;
  return false;
}

type Compute = (left: Big, right: Big) => Big;

function arithmetic(
  name: string,
  compute: Compute,
  scale: (left: number, right: number) => number,
): (args: readonly unknown[]) => string | undefined {
  return (args) => {
    if (lacks(args, 2)) return undefined;
    const [a, b] = [decimal(args[0], name), decimal(args[1], name)];
    spend((a.c.length * b.c.length) >> 3);
    return compute(a, b).toFixed(scale(scaleOfText(args[0], a), scaleOfText(args[1], b)));
  };
}

function comparison(
  name: string,
  holds: (order: number) => boolean,
): (args: readonly unknown[]) => boolean | undefined {
  return (args) =>
    lacks(args, 2) ? undefined : holds(decimal(args[0], name).cmp(decimal(args[1], name)));
}

function divide(args: readonly unknown[]): string | undefined {
  if (lacks(args, 2)) return undefined;
  const [a, b] = [decimal(args[0], "div"), decimal(args[1], "div")];
  if (b.eq(0)) refuse("$div was asked to divide by zero", "test the divisor before");
  const digits = args[2] === undefined ? 20 : integer(args[2], "div", "the digits", 60);
  const rounding = mode(args[3], "div");
  spend(digits << 2);
  // One call rounds once: dividing to 20 digits and rounding again would round twice.
  const local = Big();
  local.DP = Math.max(0, digits);
  local.RM = rounding;
  const quotient = new local(a).div(new local(b));
  return args[2] === undefined ? quotient.toFixed() : quotient.toFixed(digits);
}

function roundTo(args: readonly unknown[]): string | undefined {
  if (lacks(args, 1)) return undefined;
  const digits = args[1] === undefined ? 0 : integer(args[1], "roundTo", "the digits", 60);
  const value = decimal(args[0], "roundTo").round(digits, mode(args[2], "roundTo"));
  return value.toFixed(Math.max(0, digits));
}

function total([list]: readonly unknown[]): string {
  const items = list === undefined ? [] : isList(list) ? list : [list];
  let sum = new Big(0);
  let scale = 0;
  for (const item of items) {
    spend(25);
    const value = decimal(item, "total");
    sum = sum.plus(value);
    scale = Math.max(scale, scaleOfText(item, value));
  }
  return sum.toFixed(scale);
}

function money(args: readonly unknown[]): string | undefined {
  if (lacks(args, 2)) return undefined;
  const digits = digitsOf(args[1], "money");
  return exact(decimal(args[0], "money"), digits, "money", args[1]);
}

function exact(value: Big, digits: number, name: string, currency: unknown): string {
  if (!value.round(digits, 0).eq(value)) {
    refuse(
      `$${name} was given ${value.toFixed()}, and ${shown(currency)} has ${digits} digits behind the point`,
      `round it first: $roundTo(…, ${digits}, 'half-up')`,
    );
  }
  return value.toFixed(digits);
}

function fromMinor(args: readonly unknown[]): string | undefined {
  if (lacks(args, 2)) return undefined;
  const digits = digitsOf(args[1], "fromMinor");
  const value = decimal(args[0], "fromMinor");
  if (!value.round(0, 0).eq(value)) {
    refuse(`$fromMinor takes whole minor units, and was given ${shown(args[0])}`);
  }
  return value.div(new Big(10).pow(digits)).toFixed(digits);
}

function toMinor(args: readonly unknown[]): number | undefined {
  if (lacks(args, 2)) return undefined;
  const digits = digitsOf(args[1], "toMinor");
  const value = new Big(exact(decimal(args[0], "toMinor"), digits, "toMinor", args[1]));
  const minor = value.times(new Big(10).pow(digits)).toNumber();
  if (!Number.isSafeInteger(minor))
    refuse(`$toMinor was given ${value.toFixed()}, which is too large`);
  return minor;
}

const two = "<(sn)(sn):s>";
const test = "<(sn)(sn):b>";
const larger = (a: number, b: number): number => Math.max(a, b);

function compareEntry(
  name: string,
  words: string,
  holds: (order: number) => boolean,
): LibraryFunction {
  return {
    name,
    signature: `$${name}(a, b)`,
    docs: `True when decimal a is ${words} decimal b.`,
    example: { expression: `$${name}('10.00', '9.5')`, value: holds(1) },
    arity: 2,
    checks: test,
    run: comparison(name, holds),
  };
}

/** Arithmetic and comparison of decimals, which are texts so that no digit is lost. */
export const decimals: readonly LibraryFunction[] = [
  {
    name: "add",
    signature: "$add(a, b)",
    docs: "Sum of two decimals, with as many digits behind the point as the longer has.",
    example: { expression: "$add('1.10', '2.20')", value: "3.30" },
    arity: 2,
    checks: two,
    run: arithmetic("add", (a, b) => a.plus(b), larger),
  },
  {
    name: "sub",
    signature: "$sub(a, b)",
    docs: "Difference of two decimals, with as many digits behind the point as the longer has.",
    example: { expression: "$sub('10.00', '0.1')", value: "9.90" },
    arity: 2,
    checks: two,
    run: arithmetic("sub", (a, b) => a.minus(b), larger),
  },
  {
    name: "mul",
    signature: "$mul(a, b)",
    docs: "Product of two decimals, exact: its digits behind the point are those of both together.",
    example: { expression: "$mul('19.99', '3')", value: "59.97" },
    arity: 2,
    checks: two,
    run: arithmetic(
      "mul",
      (a, b) => a.times(b),
      (a, b) => a + b,
    ),
  },
  {
    name: "div",
    signature: "$div(a, b[, digits[, mode]])",
    docs: "Quotient of two decimals, rounded once to so many digits (20 unless told), by mode half-even, half-up, up or down.",
    example: { expression: "$div('10', '3', 2)", value: "3.33" },
    arity: 2,
    checks: "<(sn)(sn)n?s?:s>",
    run: divide,
  },
  {
    name: "roundTo",
    signature: "$roundTo(value[, digits[, mode]])",
    docs: "A decimal with exactly so many digits behind the point, rounded by mode half-even (unless told), half-up, up or down.",
    example: { expression: "$roundTo('2.345', 2, 'half-up')", value: "2.35" },
    arity: 2,
    checks: "<(sn)n?s?:s>",
    run: roundTo,
  },
  {
    name: "total",
    signature: "$total(list)",
    docs: "Sum of a list of decimals; 0 for an empty list or nothing. $sum takes numbers only.",
    example: { expression: "$total(['1.10', '2.20', '3.30'])", value: "6.60" },
    arity: 1,
    checks: "<x:s>",
    run: total,
  },
  {
    name: "money",
    signature: "$money(amount, currency)",
    docs: "An amount with the digits of its currency. Digits that the currency does not have are an error, never rounded away.",
    example: { expression: "$money('12.5', 'EUR')", value: "12.50" },
    arity: 2,
    checks: "<(sn)s:s>",
    run: money,
  },
  {
    name: "fromMinor",
    signature: "$fromMinor(units, currency)",
    docs: "An amount from whole minor units (cents), as payment services count.",
    example: { expression: "$fromMinor(1250, 'EUR')", value: "12.50" },
    arity: 2,
    checks: "<(sn)s:s>",
    run: fromMinor,
  },
  {
    name: "toMinor",
    signature: "$toMinor(amount, currency)",
    docs: "An amount in whole minor units (cents), as a number.",
    example: { expression: "$toMinor('12.50', 'EUR')", value: 1250 },
    arity: 2,
    checks: "<(sn)s:n>",
    run: toMinor,
  },
  compareEntry("gt", "greater than", (order) => order > 0),
  compareEntry("gte", "greater than or equal to", (order) => order >= 0),
  compareEntry("lt", "less than", (order) => order < 0),
  compareEntry("lte", "less than or equal to", (order) => order <= 0),
  compareEntry("eq", "equal in value to", (order) => order === 0),
  compareEntry("ne", "different in value from", (order) => order !== 0),
];
