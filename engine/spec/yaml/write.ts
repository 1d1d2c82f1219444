import { stringify } from "yaml";
import type { Json } from "../../model/json.ts";

/** Data as a YAML text that people go on writing: no anchors, and lines as long as they are. */
export function writeYaml(value: Json): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
