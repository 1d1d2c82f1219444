import { compareDiagnostics, type Diagnostic } from "../errors/diagnostic.ts";
import type { Expression } from "../model/expression.ts";
import type { SchemaPlan } from "../model/plan/generation.ts";
import type { Compilation, CompileOptions, WorkspaceFiles } from "./compilation.ts";
import { compareSchemas } from "./compare/compare-schemas.ts";
import { nameOfPath } from "./documents/classify.ts";
import { allDocuments, type Documents } from "./documents/document.ts";
import { readWorkspace } from "./documents/read-workspace.ts";
import { resolveExpressions } from "./resolve/expression-references.ts";
import { assemble } from "./resolve/generation.ts";
import { Names } from "./resolve/names.ts";
import { resolveReferences } from "./resolve/references.ts";
import { checkSchemas, schemasOf } from "./resolve/schemas.ts";
import { checkRules } from "./rules/index.ts";
import { type Present, Workspace } from "./rules/workspace.ts";
import { namesIn, usesIn } from "./uses.ts";

/**
 * Compiles a whole workspace. All findings come at once, sorted; a file that cannot be read hides
 * none of the others' and is not taken for one that was deleted.
 */
export function compileWorkspace(files: WorkspaceFiles, options: CompileOptions): Compilation {
  const { judged } = options;
  const isSound = judged !== undefined && !judged.some(isError);
  const documents = readWorkspace(files, options.cache, isSound);
  const schemas = schemasOf(documents);
  const diagnostics = judged ?? judge(documents, schemas, options);
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
  return { generation: assemble(documents, settings, schemas, options.digest), ...rest };
}

function judge(
  documents: Documents,
  schemas: ReadonlyMap<string, SchemaPlan>,
  options: CompileOptions,
): readonly Diagnostic[] {
  const names = new Names(documents);
  const schemaFindings = checkSchemas(documents, schemas);
  const workspace = new Workspace(names, presentOf(options), flawedIn(schemaFindings));
  const { against } = options;
  return [
    ...documents.diagnostics,
    ...schemaFindings,
    ...resolveReferences(names),
    ...resolveExpressions(names),
    ...checkRules(workspace),
    ...(against === undefined ? [] : compareSchemas(workspace, readWorkspace(against).schemas)),
  ].toSorted(compareDiagnostics);
}

function flawedIn(findings: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(findings.map(({ at }) => nameOfPath(at.file)));
}

function presentOf(options: CompileOptions): Present {
  const { presentSecrets: secrets, presentEnv: env, today } = options;
  return {
    ...(today === undefined ? {} : { today }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(env === undefined ? {} : { env }),
  };
}

const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === "error";

function fallbacksOf(documents: Documents): readonly Expression[] {
  const inDocuments = allDocuments(documents).flatMap(({ walk }) =>
    walk.allSites().flatMap((site) => site.uses.map((use) => use.expression)),
  );
  const inMappings = [...documents.mappings.values()].map(({ expression }) => expression);
  return [...inDocuments, ...inMappings].filter(({ why }) => why !== undefined);
}
