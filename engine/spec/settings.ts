import { isJsonObject } from "../model/json.ts";
import { parseYaml } from "./yaml/parse.ts";
import { toJson } from "./yaml/to-json.ts";

/** What `sluice.yaml` says that is needed before anything is compiled; broken texts say nothing. */
export function readSettings(text: string): { readonly storePath?: string } {
  const { root } = parseYaml("sluice.yaml", text);
  const value = root === undefined ? null : toJson(root);
  const store = isJsonObject(value) ? value["store"] : undefined;
  const path = isJsonObject(store) ? store["path"] : undefined;
  return typeof path === "string" ? { storePath: path } : {};
}
