import { finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import {
  pointerSegments,
  resolveRef,
  type SchemaChange,
  schemaDifference,
} from "../../validation/index.ts";
import type { SchemaDocument } from "../documents/document.ts";
import { entriesOf, type YamlNode } from "../yaml/node.ts";
import type { Workspace } from "../rules/workspace.ts";
import { readersOf, type Use, writersOf } from "./schema-uses.ts";

/**
 * What became of every schema since `before`: each change with its class, and every mapping, flow and
 * adapter that it hits. A change breaks when somebody here is on the side that it hurts: readers of what
 * may be more or missing, writers of what may be less.
 */
export function compareSchemas(
  workspace: Workspace,
  before: ReadonlyMap<string, SchemaDocument>,
): readonly Diagnostic[] {
  const { schemas } = workspace.documents;
  const [old, now] = [before, schemas].map(
    (all) => new Map<string, Json>([...all].map(([name, { json }]) => [name, json])),
  );
  if (old === undefined || now === undefined) return [];
  return [...before].flatMap(([name, was]) => {
    const document = schemas.get(name);
    if (document === undefined) return [removed(workspace, was)];
    const differences = schemaDifference(name, old, now);
    const through = referrers(name, now);
    return differences.map((change) => judge(workspace, { document, change, through }));
  });
}

function removed(workspace: Workspace, { at, file, name }: SchemaDocument): Diagnostic {
  const hits = [...readersOf(workspace, name, []), ...writersOf(workspace, name)];
  // The file is not there any more: whoever uses it is.
  const place: SourceRef = hits[0]?.at ?? { ...at, file };
  const code = hits.length > 0 ? "schema/breaking-change" : "schema/compatible-change";
  return finding(code, place, `${name} is gone`, more(hits));
}

interface Changed {
  readonly document: SchemaDocument;
  readonly change: SchemaChange;
  /** Other schemas that hold this one. */
  readonly through: readonly string[];
}

function judge(workspace: Workspace, { change, document, through }: Changed): Diagnostic {
  const { breaks, path, pointer, what } = change;
  const readers = [
    ...readersOf(workspace, document.name, path),
    ...through.flatMap((outer) => readersOf(workspace, outer, undefined)),
  ];
  const writers = [document.name, ...through].flatMap((name) => writersOf(workspace, name));
  const hurt = [
    ...(breaks.includes("readers") ? readers : []),
    ...(breaks.includes("writers") ? writers : []),
  ];
  const at = placeOf(document, pointer);
  const where =
    path.length === 0
      ? document.name
      : `${path.join(".").replaceAll(".[]", "[]")} of ${document.name}`;
  if (hurt.length > 0) {
    const who = breaks.filter((side) => (side === "readers" ? readers : writers).length > 0);
    const help = `${who.join(" and ")} may break: change them with it, or make the next version beside it`;
    return finding("schema/breaking-change", at, `${where} ${what}`, { ...more(hurt), help });
  }
  return finding(
    "schema/compatible-change",
    at,
    `${where} ${what}`,
    more([...readers, ...writers]),
  );
}

function more(hits: readonly Use[]): Pick<Diagnostic, "related"> {
  const seen = new Set<string>();
  const related = hits.filter(({ at, message }) => {
    const key = `${at.file}:${at.line}:${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return related.length === 0 ? {} : { related };
}

/** Schemas that hold this one by `$ref`, over any number of steps. */
function referrers(name: string, schemas: ReadonlyMap<string, Json>): readonly string[] {
  const found = new Set<string>();
  const visit = (wanted: string): void => {
    for (const [other, json] of schemas) {
      if (other === name || found.has(other)) continue;
      if (!refsOf(json).some((ref) => resolveRef(ref, other, schemas)?.name === wanted)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(name);
  return [...found];
}

function refsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => refsOf(item));
  if (!isJsonObject(value)) return [];
  const own = typeof value["$ref"] === "string" ? [value["$ref"]] : [];
  return [...own, ...Object.values(value).flatMap((item) => refsOf(item))];
}

/** Where the schema says it, or the nearest place above that is written in this file. */
function placeOf(document: SchemaDocument, pointer: string): SourceRef {
  let node: YamlNode = document.node;
  let at = document.at;
  for (const segment of pointerSegments(pointer)) {
    const entry = entriesOf(node).find(({ key }) => key === segment);
    if (entry === undefined) break;
    at = entry.keyAt;
    node = entry.value;
  }
  return at;
}
