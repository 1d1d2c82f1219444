import { finding } from "../../errors/codes.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import type { Fields, Shape } from "../../model/field.ts";
import { pointerSegments } from "../../validation/index.ts";
import { type MapEntry, type MapNode, valueOf, type YamlNode } from "../yaml/node.ts";
import { fits } from "./fits.ts";
import type { Level, Misplaced, Spot } from "./walk.ts";

/**
 * The map without its last keys where they belong to a map above, as `env` below `systems`: these are
 * noted. `isOwn` tells which may stand where they are.
 */
export function withoutTooDeep(
  node: MapNode,
  spot: Spot,
  isOwn: (entry: MapEntry) => boolean,
): MapNode {
  const { entries } = node;
  const first = entries.findLastIndex(isOwn) + 1;
  const [one, ...others] = entries.slice(first);
  // On the line of the key before, no indentation was meant.
  if (one === undefined || one.keyAt.line === entries[first - 1]?.keyAt.line) return node;
  const last = [one, ...others] as const;
  for (let level = spot.above; level !== undefined; level = level.above) {
    const above = level;
    if (!last.every((entry) => lacks(above, entry)) || !last.some((entry) => isSure(above, entry)))
      continue;
    spot.walk.misplaced.push(misplaced(last, level, spot));
    return { ...node, entries: entries.slice(0, first) };
  }
  return node;
}

/**
 * The map without keys that belong below the one above them, which lacks them: these are noted.
 * `inner` gives the keys that may stand below an entry.
 */
export function withoutTooShallow(
  node: MapNode,
  spot: Spot,
  isOwn: (entry: MapEntry) => boolean,
  inner: (entry: MapEntry) => Fields | undefined,
): MapNode {
  const { entries } = node;
  const first = entries.findIndex((entry, index) => index > 0 && !isOwn(entry));
  const [before, one] = [entries[first - 1], entries[first]];
  if (before === undefined || one === undefined || one.keyAt.line === before.keyAt.line)
    return node;
  const end = entries.findIndex((entry, index) => index > first && isOwn(entry));
  const others = entries.slice(first + 1, end < 0 ? entries.length : end);
  const fields = inner(before);
  const { value } = before;
  if (fields === undefined || value.kind !== "map") return node;
  const level: Level = { pointer: spot.pointer, holds: { fields }, node: value, above: undefined };
  if (![one, ...others].every((entry) => lacks(level, entry))) return node;
  spot.walk.misplaced.push(outdented([one, ...others], before, value));
  return { ...node, entries: entries.filter((entry) => entry !== one && !others.includes(entry)) };
}

function outdented(
  entries: readonly [MapEntry, ...(readonly MapEntry[])],
  { key }: MapEntry,
  node: MapNode,
): Misplaced {
  const names = listWords(entries.map((entry) => `"${entry.key}"`));
  const [stand, belong, them] = wordsFor(entries.length);
  const blanks = (node.entries[0]?.keyAt.column ?? 1) - 1;
  const message = `${names} ${stand} beside "${key}", and ${belong} below it`;
  const help = `indent ${them} as what stands below ${key}:, by ${blanks} blanks`;
  const diagnostic = finding("spec/unknown-key", entries[0].keyAt, message, { help });
  return { entries, to: node.at, diagnostic };
}

const wordsFor = (count: number) =>
  count === 1 ? (["stands", "belongs", "it"] as const) : (["stand", "belong", "them"] as const);

function lacks({ holds, node }: Level, { key, value }: MapEntry): boolean {
  if (node.entries.some((entry) => entry.key === key)) return false;
  if ("fields" in holds) {
    const field = Object.hasOwn(holds.fields, key) ? holds.fields[key] : undefined;
    return field !== undefined && suits(field.shape, value);
  }
  // A name says nothing: what it stands for must.
  const { shape } = holds.values;
  return (
    shape.type === "object" &&
    (holds.key?.test(key) ?? true) &&
    value.kind === "map" &&
    value.entries.length > 0 &&
    suits(shape, value)
  );
}

/** A word that is optional above was more likely meant where it stands. */
const isSure = ({ holds }: Level, { key, value }: MapEntry): boolean =>
  value.kind !== "scalar" || ("fields" in holds && holds.fields[key]?.optional === false);

/** True for a value that may have been written for the shape. */
export function suits(shape: Shape, value: YamlNode): boolean {
  if (shape.type === "either") return shape.options.some((option) => suits(option.shape, value));
  if (shape.type !== "record" || value.kind !== "map") return fits(shape, value);
  return value.entries.every(
    (entry) => (shape.key?.test(entry.key) ?? true) && suits(shape.values.shape, entry.value),
  );
}

function misplaced(
  entries: readonly [MapEntry, ...(readonly MapEntry[])],
  { node, pointer }: Level,
  spot: Spot,
): Misplaced {
  const way = pointerSegments(spot.pointer).slice(pointerSegments(pointer).length);
  const [home = ""] = way;
  const under = way.filter((segment) => !/^\d+$/.test(segment)).join(".");
  const names = listWords(entries.map(({ key }) => `"${key}"`));
  const [stand, belong, them] = wordsFor(entries.length);
  const beside = under === home ? "it" : `"${home}"`;
  const message = `${names} ${stand} below "${under}", and ${belong} beside ${beside}`;
  const blanks = (node.entries[0]?.keyAt.column ?? 1) - 1;
  const isInList = valueOf(node, home)?.kind === "list";
  const help = isInList
    ? `move ${them} out of ${home}:, beside it`
    : `indent ${them} as ${home}: is, by ${blanks} blanks`;
  const diagnostic = finding("spec/unknown-key", entries[0].keyAt, message, { help });
  return { entries, to: node.at, diagnostic };
}

/** The same document with everything where it belongs. */
export function putRight(node: MapNode, misplaced: readonly Misplaced[]): MapNode {
  const moved = new Set(misplaced.flatMap(({ entries }) => entries));
  const inMap = (map: MapNode): MapNode => {
    const own = map.entries.filter((entry) => !moved.has(entry));
    const taken = misplaced.flatMap(({ to, entries }) => (to === map.at ? entries : []));
    return {
      ...map,
      entries: [...own, ...taken].map((entry) => ({ ...entry, value: inNode(entry.value) })),
    };
  };
  const inNode = (one: YamlNode): YamlNode => {
    if (one.kind === "list") return { ...one, items: one.items.map(inNode) };
    return one.kind === "map" ? inMap(one) : one;
  };
  return inMap(node);
}
