import { closest } from "../../errors/did-you-mean.ts";
import type { Field } from "../../model/field.ts";
import type { MapEntry, MapNode, YamlNode } from "../yaml/node.ts";
import { isOfKind } from "./fits.ts";
import { otherWord } from "./other-words.ts";
import type { Misspelt } from "./walk.ts";

/** Shorter words are near to too many, unless a letter was left out. */
const lengthLeast = 4;

const lacksLetter = (key: string, meant: string): boolean =>
  meant.length === key.length + 1 &&
  Array.from({ length: meant.length }, (_, index) => index).some(
    (index) => meant.slice(0, index) + meant.slice(index + 1) === key,
  );

/**
 * The key that a misspelt one was most likely meant to be: so near that what stands below it may be read
 * as what stands below that one.
 */
export function meantKey(
  { key, value }: MapEntry,
  free: readonly string[],
  fields: Readonly<Record<string, Pick<Field<unknown>, "shape"> | undefined>>,
): string | undefined {
  if (value.kind === "scalar" && value.value === null) return undefined;
  // What is below another product's word has the shape that it has there.
  const meant = otherWord(key, free) === undefined ? closest(key, free) : undefined;
  const shape = meant === undefined ? undefined : fields[meant]?.shape;
  if (meant === undefined || shape === undefined) return undefined;
  if (key.length < lengthLeast && !lacksLetter(key, meant)) return undefined;
  return Math.abs(meant.length - key.length) <= 2 && isOfKind(shape, value) ? meant : undefined;
}

/** The document with the keys that were meant. */
export function respelled(node: YamlNode, misspelt: readonly Misspelt[]): YamlNode {
  const meant = new Map(misspelt.map((one) => [one.keyAt, one.meant]));
  const visit = (one: YamlNode): YamlNode => {
    switch (one.kind) {
      case "scalar":
        return one;
      case "list":
        return { ...one, items: one.items.map(visit) };
      case "map": {
        const entries = one.entries.map((entry): MapEntry => ({
          ...entry,
          key: meant.get(entry.keyAt) ?? entry.key,
          value: visit(entry.value),
        }));
        return { ...one, entries } satisfies MapNode;
      }
    }
  };
  return visit(node);
}
