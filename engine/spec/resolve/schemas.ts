import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Json } from "../../model/json.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";
import { compileSchemas, lintSchema, pointerSegments } from "../../validation/index.ts";
import type { Documents, SchemaDocument } from "../documents/document.ts";
import type { YamlNode } from "../yaml/node.ts";

/** The schemas of a workspace, with findings for those that would check less than they say. */
export function resolveSchemas(documents: Documents): {
  readonly schemas: ReadonlyMap<string, SchemaPlan>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const bodies = new Map<string, Json>(
    [...documents.schemas].map(([name, { json }]) => [name, json]),
  );
  const unreadable = documents.broken.flatMap(({ kind, name }) =>
    kind === "schema" && name !== undefined ? [name] : [],
  );
  // Nothing is known of them, so anything may stand in them.
  for (const name of unreadable) bodies.set(name, true);
  const diagnostics = [...documents.schemas.values()].flatMap((schema) =>
    lintSchema(schema.name, schema.json, bodies).map(({ code, pointer, message, help }) =>
      finding(code, placeOf(schema, code, pointer), message, help === undefined ? {} : { help }),
    ),
  );
  const sources = [...documents.schemas].map(
    ([name, { json, at }]) => [name, { schema: json, at }] as const,
  );
  return { schemas: compileSchemas(new Map(sources)), diagnostics };
}

/** Unknown keywords are pointed at by their key, everything else by its value. */
function placeOf(schema: SchemaDocument, code: Code, pointer: string): SourceRef {
  let node: YamlNode = schema.node;
  let keyAt = node.at;
  for (const segment of pointerSegments(pointer)) {
    if (node.kind === "scalar") break;
    const entry = node.kind === "map" ? node.entries.find(({ key }) => key === segment) : undefined;
    const next: YamlNode | undefined =
      node.kind === "list" ? node.items[Number(segment)] : entry?.value;
    if (next === undefined) break;
    keyAt = entry?.keyAt ?? next.at;
    node = next;
  }
  return code === "schema/unknown-keyword" || node.kind !== "scalar" ? keyAt : node.at;
}
