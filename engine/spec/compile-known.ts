import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Compilation, WorkspaceFiles } from "./compilation.ts";
import { compile, isError } from "./compile.ts";
import { classify } from "./documents/classify.ts";
import { DocumentCache } from "./documents/read-workspace.ts";
import { type KeptTrees, type PackedNode, unpackTree } from "./yaml/kept-trees.ts";
import { SourceText } from "./yaml/source-text.ts";

export interface KnownWorkspace {
  /** What the very same texts were found to be. */
  readonly judged: readonly Diagnostic[];
  readonly trees: KeptTrees;
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
  { judged, trees, digest }: KnownWorkspace,
): Compilation | undefined {
  if (judged.some(isError)) return undefined;
  const known = new Map<string, PackedNode>();
  for (const [file, text] of Object.entries(files)) {
    const kind = classify(file);
    if (kind === undefined || kind === "jsonata") continue;
    const tree = trees.get(text);
    if (tree === undefined) return undefined;
    known.set(file, tree);
  }
  const cache = new DocumentCache((file, text) => {
    const tree = known.get(file);
    const root = tree && unpackTree(new SourceText(file, text), tree);
    return { ...(root === undefined ? {} : { root }), broken: false, diagnostics: [] };
  });
  return compile(files, { cache, digest, isSound: true }, () => judged);
}
