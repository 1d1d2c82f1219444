import Big from "big.js";
import { typeName } from "../value/basic.ts";
import { fail } from "../value/fault.ts";

/** Ends the evaluation with a sentence about an argument. */
export function refuse(message: string, help?: string): never {
  return fail("library-function", { message, ...(help === undefined ? {} : { help }) });
}

/** A value as messages show it. */
export function shown(value: unknown): string {
  if (typeof value === "string")
    return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeName(value);
}

const decimalPattern = /^[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?$/;

/** A decimal from its text, or from a JSON number that holds it exactly enough. */
export function decimal(value: unknown, name: string): Big {
  if (typeof value === "number") {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      refuse(
        `$${name} was given ${value}, which lost digits when it was read as a JSON number`,
        "carry large numbers as texts",
      );
    }
    if (Number.isFinite(value)) return new Big(String(value));
  }
  if (typeof value === "string" && decimalPattern.test(value)) return new Big(value);
  return refuse(
    `$${name} takes decimals, and was given ${shown(value)}`,
    "a decimal is a text such as '12.50'",
  );
}

/** Digits behind the point. */
function scaleOf(value: Big): number {
  return Math.max(0, value.c.length - value.e - 1);
}

/** The scale that the text had: `12.50` has two digits, which Big forgets. */
export function scaleOfText(value: unknown, number: Big): number {
  if (typeof value !== "string") return scaleOf(number);
  const point = value.indexOf(".");
  return point === -1 ? 0 : value.length - point - 1;
}

export function text(value: unknown, name: string, what: string): string {
  return typeof value === "string"
    ? value
    : refuse(`$${name} takes ${what} as a text, and was given ${shown(value)}`);
}

export function integer(value: unknown, name: string, what: string, limit: number): number {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= limit)
    return value;
  return refuse(
    `$${name} takes ${what} as an integer from -${limit} to ${limit}, and was given ${shown(value)}`,
  );
}
