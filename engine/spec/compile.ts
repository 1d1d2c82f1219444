import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Expression } from "../model/expression.ts";
import type { SchemaPlan } from "../model/plan/generation.ts";
import { compileSchemas } from "../validation/index.ts";
import type { Compilation, WorkspaceFiles } from "./compilation.ts";
import { allDocuments, type Documents } from "./documents/document.ts";
import { type DocumentCache, readWorkspace } from "./documents/read-workspace.ts";
import { assemble } from "./resolve/generation.ts";
import { namesIn, usesIn } from "./uses.ts";

export interface Reading {
  readonly cache: DocumentCache;
  /** SHA-256 in hex; names the generation. */
  readonly digest: (text: string) => string;
  /** These very texts have no error: none is looked for in an expression. */
  readonly isSound: boolean;
}

type Schemas = ReadonlyMap<string, SchemaPlan>;

/** Reads a workspace's texts, and makes a generation of what `judge` finds no error in. */
export function compile(
  files: WorkspaceFiles,
  { cache, digest, isSound }: Reading,
  judge: (documents: Documents, schemas: Schemas) => readonly Diagnostic[],
): Compilation {
  const documents = readWorkspace(files, cache, isSound);
  const schemas = schemasOf(documents);
  const diagnostics = judge(documents, schemas);
  const tests = documents.tests.flatMap(({ file, plan, walk }) =>
    walk.sound ? [{ file, test: plan }] : [],
  );
  const rest = {
    diagnostics,
    tests,
    fallbacks: () => fallbacksOf(documents),
    uses: () => usesIn(documents),
    names: () => namesIn(documents),
  };
  const { workspace: settings } = documents;
  if (settings === undefined || diagnostics.some(isError)) return rest;
  return { generation: assemble(documents, settings, schemas, digest), ...rest };
}

export const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === "error";

/** The schemas of a workspace. Nothing is compiled before it is used. */
function schemasOf(documents: Documents): Schemas {
  const sources = [...documents.schemas].map(
    ([name, { json, at }]) => [name, { schema: json, at }] as const,
  );
  return compileSchemas(new Map(sources));
}

function fallbacksOf(documents: Documents): readonly Expression[] {
  const inDocuments = allDocuments(documents).flatMap(({ walk }) =>
    walk.allSites().flatMap((site) => site.uses.map((use) => use.expression)),
  );
  const inMappings = [...documents.mappings.values()].map(({ expression }) => expression);
  return [...inDocuments, ...inMappings].filter(({ why }) => why !== undefined);
}
