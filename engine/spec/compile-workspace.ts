import { compareDiagnostics, type Diagnostic } from "../errors/diagnostic.ts";
import type { SchemaPlan } from "../model/plan/generation.ts";
import type { Compilation, CompileOptions, WorkspaceFiles } from "./compilation.ts";
import { compile, isError } from "./compile.ts";
import { compareSchemas } from "./compare/compare-schemas.ts";
import { nameOfPath } from "./documents/classify.ts";
import { eachOnce } from "./each-once.ts";
import type { Documents } from "./documents/document.ts";
import { ReadCache } from "./documents/read-cache.ts";
import { readWorkspace } from "./documents/read-workspace.ts";
import { resolveExpressions } from "./resolve/expression-references.ts";
import { Names } from "./resolve/names.ts";
import { resolveReferences } from "./resolve/references.ts";
import { checkSchemas, type SoundExamples } from "./resolve/schemas.ts";
import { checkRules } from "./rules/index.ts";
import { type Present, Workspace } from "./rules/workspace.ts";

/**
 * Compiles a whole workspace. All findings come at once, sorted; a file that cannot be read hides
 * none of the others' and is not taken for one that was deleted.
 */
export function compileWorkspace(files: WorkspaceFiles, options: CompileOptions): Compilation {
  const { digest, judged, cache = new ReadCache() } = options;
  const isSound = judged !== undefined && !judged.some(isError);
  return compile(
    files,
    { cache, digest, isSound },
    (documents, schemas) => judged ?? judge(documents, schemas, options),
  );
}

function judge(
  documents: Documents,
  schemas: ReadonlyMap<string, SchemaPlan>,
  options: CompileOptions,
): readonly Diagnostic[] {
  const names = new Names(documents);
  const schemaFindings = checkSchemas(documents, schemas, soundExamples(options));
  const workspace = new Workspace(names, presentOf(options), {
    plans: schemas,
    flawed: flawedIn(schemaFindings),
  });
  const { against } = options;
  const found = [
    ...documents.diagnostics,
    ...schemaFindings,
    ...resolveReferences(names),
    ...resolveExpressions(names),
    ...checkRules(workspace),
    ...(against === undefined
      ? []
      : compareSchemas(workspace, readWorkspace(against, new ReadCache()).schemas)),
  ];
  return eachOnce(found).toSorted(compareDiagnostics);
}

/** Examples that were found to keep to their schemas before, by the schemas' texts. */
function soundExamples({ kept, digest }: CompileOptions): SoundExamples | undefined {
  return kept === undefined ? undefined : { kept: kept.examples, digest };
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
