import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";
import { lintSchema, pointerSegments } from "../../validation/index.ts";
import type { Documents, SchemaDocument } from "../documents/document.ts";
import { entryAt, keyHelp, type YamlNode } from "../yaml/node.ts";

type Schemas = ReadonlyMap<string, SchemaPlan>;

/** Findings for schemas that would check less than they say, or something else than they show. */
export function checkSchemas(documents: Documents, schemas: Schemas): readonly Diagnostic[] {
  const bodies = new Map<string, Json>(
    [...documents.schemas].map(([name, { json }]) => [name, json]),
  );
  const unreadable = documents.broken.flatMap(({ kind, name }) =>
    kind === "schema" && name !== undefined ? [name] : [],
  );
  // Nothing is known of them, so anything may stand in them.
  for (const name of unreadable) bodies.set(name, true);
  const flaws = [...documents.schemas.values()].flatMap((schema) =>
    lintSchema(schema.name, schema.json, bodies).map(({ code, pointer, message, help }) => {
      const entry = entryAt(schema.node, pointer);
      const more = (entry && keyHelp(entry)) ?? help;
      const at = placeOf(schema, code, pointer);
      return finding(code, at, message, more === undefined ? {} : { help: more });
    }),
  );
  // A schema with flaws, or that leans on one, may not compile.
  if (flaws.length > 0 || unreadable.length > 0) return flaws;
  return checkExamples(documents, schemas);
}

/** An example that breaks its schema misleads whoever reads it; most likely the schema is wrong. */
function checkExamples(documents: Documents, schemas: Schemas): readonly Diagnostic[] {
  return [...documents.schemas.values()].flatMap((schema) => {
    const examples = isJsonObject(schema.json) ? schema.json["examples"] : undefined;
    if (!Array.isArray(examples)) return [];
    const { length } = examples;
    return (examples as readonly Json[]).flatMap((example, index) =>
      (schemas.get(schema.name)?.check(example) ?? []).map(({ pointer, message }) => {
        const at = placeOf(schema, "schema/example", `/examples/${index}${pointer}`);
        const which = length === 1 ? "the example" : `example ${index + 1}`;
        return finding("schema/example", at, `${which} breaks its schema: ${message}`);
      }),
    );
  });
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
