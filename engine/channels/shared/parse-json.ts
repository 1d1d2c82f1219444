import type { Json } from "../../model/json.ts";

type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWith = JSON.parse as (text: string, revive?: Revive) => Json;

/**
 * Parses JSON without losing digits: an integer that a double cannot hold (an id beyond 2^53) becomes
 * the string of its digits. Throws `SyntaxError`, as `JSON.parse` does.
 */
export function parseJson(text: string): Json {
  // The reviver costs a call per value; texts without a long run of digits need none.
  return /\d{16}/.test(text) ? parseWith(text, keepDigits) : parseWith(text);
}

const keepDigits: Revive = (_key, value, { source }) =>
  typeof value === "number" &&
  source !== undefined &&
  /^-?\d+$/.test(source) &&
  !Number.isSafeInteger(value)
    ? source
    : value;
