import { fail } from "./fault.ts";

/**
 * Bounds of one evaluation. All are counts, so that the same expression on the same data ends the
 * same way on every machine; there is no clock in here.
 */
export const limits = {
  /** Steps over items, calls, comparisons: about 20 ns each. A large mapping takes a few thousand. */
  fuel: 3_000_000,
  /** Nested calls of functions written in the expression. */
  depth: 250,
  /** Characters of one string. */
  text: 4_194_304,
  /** Items of one list. */
  items: 250_000,
  /** Values in a result, so that a small expression cannot describe a huge tree. */
  nodes: 1_000_000,
  /** Characters of all texts in a result. */
  characters: 16_777_216,
} as const;

/** Refuses a text that would be too long, before it is made. */
export function checkLength(characters: number): void {
  if (characters > limits.text) fail("text-too-long", { value: characters });
}

/** Refuses a list that would be too long, before it is made. */
export function checkItems(items: number): void {
  if (items > limits.items) fail("D2015", { value: limits.items });
}
