import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "../../..");

/**
 * Every text of the reference workspace but its flow tests, with other adapters as ERP and, where told, as
 * CRM: the lines that change.
 * `more` are files that a test adds.
 */
export function workspaceWith(
  players: { readonly erp: string; readonly crm?: string },
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const files: Record<string, string> = { ...more };
  for (const folder of ["flows", "mappings", "schemas/canonical", "schemas/vendor"]) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith(".test.yaml")) continue;
      const path = join(entry.parentPath, entry.name);
      files[relative(root, path)] = readFileSync(path, "utf8");
    }
  }
  let settings = readFileSync(join(root, "sluice.yaml"), "utf8");
  for (const [role, adapter] of Object.entries(players)) {
    settings = settings.replace(new RegExp(`^ {2}${role}: .*$`, "m"), `  ${role}: ${adapter}`);
  }
  files["sluice.yaml"] = settings;
  return files;
}
