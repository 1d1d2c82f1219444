import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";
import { lintSchema, pointerSegments, Reach } from "../../validation/index.ts";
import type { Documents, SchemaDocument } from "../documents/document.ts";
import type { KeptExamples } from "../kept.ts";
import { entryAt, keyHelp, type YamlNode } from "../yaml/node.ts";

type Schemas = ReadonlyMap<string, SchemaPlan>;

/** Which examples were found to keep to their schemas before, and how texts are named. */
export interface SoundExamples {
  readonly kept: KeptExamples;
  readonly digest: (text: string) => string;
}

/** Findings for schemas that would check less than they say, or something else than they show. */
export function checkSchemas(
  documents: Documents,
  schemas: Schemas,
  sound?: SoundExamples,
): readonly Diagnostic[] {
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
  if (sound === undefined) return checkExamples([...documents.schemas.values()], schemas);
  const name = namesOfReach(bodies, sound.digest);
  const fresh = [...documents.schemas.values()].filter(
    (schema) => examplesOf(schema).length > 0 && sound.kept.get(name(schema)) === undefined,
  );
  const findings = checkExamples(fresh, schemas);
  const flawed = new Set(findings.map(({ at }) => at.file));
  for (const schema of fresh) {
    if (!flawed.has(schema.file)) sound.kept.set(name(schema), true);
  }
  return findings;
}

/** Names a schema by all that its examples are checked by. */
function namesOfReach(
  bodies: ReadonlyMap<string, Json>,
  digest: SoundExamples["digest"],
): (schema: SchemaDocument) => string {
  const reach = new Reach(bodies);
  const hashes = new Map<string, string>();
  const hashOf = (name: string): string => {
    const known = hashes.get(name) ?? digest(JSON.stringify(bodies.get(name)));
    hashes.set(name, known);
    return known;
  };
  return ({ name }) =>
    reach
      .of(name)
      .map((one) => `${one} ${hashOf(one)}`)
      .join("\n");
}

/** An example that breaks its schema misleads whoever reads it; most likely the schema is wrong. */
function checkExamples(
  documents: readonly SchemaDocument[],
  schemas: Schemas,
): readonly Diagnostic[] {
  return documents.flatMap((schema) => {
    const examples = examplesOf(schema);
    const { length } = examples;
    return examples.flatMap((example, index) => {
      const flaws = schemas.get(schema.name)?.check(example) ?? [];
      const which = length === 1 ? "the example" : `example ${index + 1}`;
      return flaws.flatMap(({ pointer, message }) => {
        // A name that is near to the missing one was meant for it.
        const meant = `. Did you mean ${message.replace(/ is missing$/, "")}?`;
        const isTold = flaws.some(
          (one) => pointer.startsWith(one.pointer) && one.message.endsWith(meant),
        );
        if (isTold) return [];
        const at = placeOf(schema, "schema/example", `/examples/${index}${pointer}`);
        return finding("schema/example", at, `${which} breaks its schema: ${message}`);
      });
    });
  });
}

function examplesOf({ json }: SchemaDocument): readonly Json[] {
  const examples = isJsonObject(json) ? json["examples"] : undefined;
  return Array.isArray(examples) ? (examples as readonly Json[]) : [];
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
