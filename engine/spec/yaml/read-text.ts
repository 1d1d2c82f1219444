import { type KeptTrees, packTree, unpackTree } from "./kept-trees.ts";
import { type ParsedYaml, parseYaml } from "./parse.ts";
import { SourceText } from "./source-text.ts";

/** As `parseYaml`; a text whose tree is kept is not parsed. */
export function readYamlText(file: string, text: string, trees: KeptTrees | undefined): ParsedYaml {
  const known = trees?.get(text);
  if (known !== undefined) {
    return { root: unpackTree(new SourceText(file, text), known), broken: false, diagnostics: [] };
  }
  const parsed = parseYaml(file, text);
  const { root, broken, diagnostics } = parsed;
  if (root !== undefined && !broken && diagnostics.length === 0) trees?.set(text, packTree(root));
  return parsed;
}
