import type { SchemaView } from "../../validation/index.ts";
import type { MappingDocument } from "../documents/document.ts";

/**
 * True when a mapping reads what its target has and makes what its source has: then `from` and `to`
 * of its contract are swapped, and not ten paths are wrong.
 */
export function isSwapped(mapping: MappingDocument, from: SchemaView, to: SchemaView): boolean {
  const { analysis } = mapping;
  if (analysis === undefined) return false;
  const sources = analysis.lineage.flatMap((one) => one.sources.map((path) => firstOf(path, ".")));
  const read = named(sources.filter((name) => !name.startsWith("$")));
  const made = named(analysis.lineage.map(({ target }) => firstOf(target.slice(1), "/")));
  if (read.length === 0 || made.length === 0) return false;
  const [source, target] = [membersOf(from), membersOf(to)];
  const isAtHome = read.every((name) => source.has(name)) && made.every((name) => target.has(name));
  return (
    !isAtHome &&
    read.every((name) => target.has(name)) &&
    made.every((name) => source.has(name)) &&
    // Models that share all their names tell nothing.
    (read.some((name) => !source.has(name)) || made.some((name) => !target.has(name)))
  );
}

const firstOf = (path: string, sign: string): string => path.split(sign)[0] ?? "";

const named = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name) => /^\w/.test(name))),
];

const membersOf = (view: SchemaView): ReadonlySet<string> =>
  new Set((view.isArray ? view.items : view)?.properties ?? []);
