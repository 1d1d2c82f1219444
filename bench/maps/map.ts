import { readFileSync } from "node:fs";

/** One mapping with the input it is made for and what a good programmer would write by hand. */
export interface BenchMap {
  readonly name: string;
  readonly text: string;
  readonly input: unknown;
  readonly hand: (input: never) => unknown;
}

/** The text of a mapping of the reference workspace. */
export function workspaceMapping(path: string): string {
  return readFileSync(new URL(`../../mappings/${path}.jsonata`, import.meta.url), "utf8");
}

/** `count` values made by position. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
