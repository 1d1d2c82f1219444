import type { Json } from "../model/json.ts";
import { parseYaml } from "./yaml/parse.ts";
import { toJson } from "./yaml/to-json.ts";

/** A YAML or JSON text as data; undefined where it is neither. */
export function readDocument(file: string, text: string): Json | undefined {
  const { root } = parseYaml(file, text);
  return root === undefined ? undefined : toJson(root);
}
