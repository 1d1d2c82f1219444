/** A JSON value; never mutated once it is in a message, a plan or a decision. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** True for a plain JSON object; false for null and arrays. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;
