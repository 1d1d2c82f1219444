import { listWords } from "../../errors/did-you-mean.ts";
import type { Fields, Shape } from "../../model/field.ts";
import type { MapEntry, MapNode, YamlNode } from "../yaml/node.ts";
import { keysOf } from "./misplaced-key.ts";
import { meantWord } from "./other-words.ts";

/** Keys that stand beside the key that they belong below, or without it. */
export interface Misnested {
  /** The key that they belong below. */
  readonly home: string;
  /** Absent where the key itself is missing. */
  readonly empty?: MapEntry;
  /** What the key would be, where it is the author's own. */
  readonly name?: string;
  readonly strange: readonly MapEntry[];
}

/** Finds what the lines of a map lost by a wrong indentation or a line that was left out. */
export function misnested(fields: Fields, { entries }: MapNode): Misnested | undefined {
  const strange = entries.filter(({ key }) => !Object.hasOwn(fields, key));
  const [first] = strange;
  if (first === undefined) return undefined;
  const before = entries[entries.indexOf(first) - 1];
  const above = before === undefined ? undefined : fields[before.key]?.shape;
  if (before !== undefined && above !== undefined && isNothing(before.value)) {
    return holds(above, strange) ? { home: before.key, empty: before, strange } : undefined;
  }
  const given = new Set(entries.map(({ key }) => key));
  const free = Object.keys(fields).filter((key) => !given.has(key));
  const home = free.find((key) => {
    const field = fields[key];
    const isSure = strange.length > 1 || field?.optional === false;
    return field?.shape.type === "object" && isSure && holds(field.shape, strange);
  });
  // One alone is more likely a slip for a key that is near.
  if (strange.length === 1 && home !== undefined && meantWord(first.key, free) !== undefined) {
    return undefined;
  }
  return home === undefined ? undefined : { home, strange };
}

/** The same in a map whose keys are names of the author's own. */
export function misnestedMembers(
  { key, expected, values: { shape: inner } }: Extract<Shape, { type: "record" }>,
  { entries }: MapNode,
): Misnested | undefined {
  if (inner.type !== "object") return undefined;
  const [first] = entries;
  const empty = first !== undefined && isNothing(first.value) ? first : undefined;
  const strange = empty === undefined ? entries : entries.slice(1);
  // One alone may be a name, unless it is none.
  const least = empty === undefined && key?.test(first?.key ?? "") !== false ? 2 : 1;
  if (strange.length < least || !holds(inner, strange)) return undefined;
  if (empty !== undefined) return { home: empty.key, empty, strange };
  return { home: "<name>", name: expected ?? "a name", strange };
}

/** What to say of it. */
export function misnestedWords({ home, empty, name, strange }: Misnested): {
  readonly message: string;
  readonly help: string;
} {
  const names = listWords(strange.map(({ key }) => `"${key}"`));
  const [stand, them] = strange.length === 1 ? ["stands", "it"] : ["stand", "them"];
  return empty === undefined
    ? {
        message: `${names} ${stand} below ${name ?? `"${home}"`}, which is missing here`,
        help: `write ${home}: on a line above, and indent ${them} below it`,
      }
    : {
        message: `nothing stands below "${home}", and ${names} ${stand} beside it`,
        help: `indent ${them} below ${home}:`,
      };
}

const isNothing = (node: YamlNode): boolean =>
  node.kind === "scalar" && node.value === null && node.text === "";

function holds(shape: Shape, strange: readonly MapEntry[]): boolean {
  if (shape.type === "record") {
    return strange.every(({ key }) => shape.key === undefined || shape.key.test(key));
  }
  if (shape.type === "one-or-many") return holds(shape.items.shape, strange);
  if (shape.type === "variant") {
    const keys = [...Object.keys(shape.kinds), ...Object.keys(shape.shared)];
    const own = Object.values(shape.kinds).flatMap(({ fields }) => Object.keys(fields));
    return strange.every(({ key }) => keys.includes(key) || own.includes(key));
  }
  const keys = keysOf(shape);
  return strange.every(({ key }) => keys.includes(key));
}
