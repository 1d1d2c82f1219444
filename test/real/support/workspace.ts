import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "../../..");

/**
 * Every text of the reference workspace but its flow tests, with another adapter as ERP: the one line that
 * changes.
 * `more` are files that a test adds.
 */
export function workspaceWithErp(
  adapter: string,
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
  const settings = readFileSync(join(root, "sluice.yaml"), "utf8");
  files["sluice.yaml"] = settings.replace(/^ {2}erp: .*$/m, `  erp: ${adapter}`);
  return files;
}
