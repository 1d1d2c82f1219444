import type { KeptTrees } from "../yaml/kept-trees.ts";
import { readYamlText } from "../yaml/read-text.ts";
import { DocumentCache } from "./read-workspace.ts";

/** Files read before, and with `trees`, what other processes parsed before this one. */
export class ReadCache extends DocumentCache {
  constructor(trees?: KeptTrees) {
    super((file, text) => readYamlText(file, text, trees));
  }
}
