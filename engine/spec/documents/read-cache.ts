import type { KeptParts } from "../kept.ts";
import { readYamlText } from "../yaml/read-text.ts";
import { DocumentCache } from "./read-workspace.ts";

/** Files read before, and with `kept`, what other processes found before this one. */
export class ReadCache extends DocumentCache {
  constructor(kept: Partial<Omit<KeptParts, "examples">> = {}) {
    super((file, text) => readYamlText(file, text, kept.trees), kept);
  }
}
