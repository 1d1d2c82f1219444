import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Compilation, WorkspaceFiles } from "./compilation.ts";
import { compile, isError } from "./compile.ts";
import { classify } from "./documents/classify.ts";
import { DocumentCache } from "./documents/read-workspace.ts";
import type { KeptParts } from "./kept.ts";
import { unpackTree } from "./yaml/kept-trees.ts";
import { SourceText } from "./yaml/source-text.ts";

export interface KnownWorkspace {
  /** What the very same texts were found to be. */
  readonly judged: readonly Diagnostic[];
  /** What was found of them; expressions and examples are looked at when they are needed. */
  readonly kept: Pick<KeptParts, "trees"> & Partial<Pick<KeptParts, "schemas">>;
  /** SHA-256 in hex; names the generation. */
  readonly digest: (text: string) => string;
}

/**
 * As `compileWorkspace`, of texts that were judged and parsed before: it knows neither the YAML
 * library nor a rule, which take as long to load as all else takes. `undefined` where there are errors
 * or a tree is missing: then there is something to do that only the compiler can.
 */
export function compileKnown(
  files: WorkspaceFiles,
  { judged, kept, digest }: KnownWorkspace,
): Compilation | undefined {
  if (judged.some(isError)) return undefined;
  const { trees } = kept;
  const isKnown = ([file, text]: readonly [string, string]): boolean => {
    const kind = classify(file);
    return kind === undefined || kind === "jsonata" || trees.has(text);
  };
  if (!Object.entries(files).every(isKnown)) return undefined;
  const cache = new DocumentCache((file, text) => {
    const tree = trees.get(text);
    const root = tree && unpackTree(new SourceText(file, text), tree);
    return { ...(root === undefined ? {} : { root }), broken: false, diagnostics: [] };
  }, kept);
  return compile(files, { cache, digest, isSound: true }, () => judged);
}
