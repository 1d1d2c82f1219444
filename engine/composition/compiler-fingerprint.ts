import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";

/** All that `spec/` may import: what a compilation follows from, beside the texts. */
const rooms = ["errors", "model", "mapping", "validation", "steps", "spec"];
const packages = ["ajv", "ajv-formats", "big.js", "jsonata", "re2js", "yaml"];

/** Names this very compiler: another version of it may find something else in the same texts. */
export function compilerFingerprint(): string {
  const hash = createHash("sha256").update(process.version);
  const take = (path: string): void => {
    const bytes = readFileSync(path);
    hash.update(`\n${bytes.length}\n`).update(bytes);
  };
  for (const room of rooms) {
    const folder = join(import.meta.dirname, "..", room);
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
      if (/\.[jt]s$/.test(path)) take(join(folder, path));
    }
  }
  for (const name of packages) {
    const path = findPackageJSON(name, import.meta.url);
    if (path !== undefined) take(path);
  }
  return hash.digest("hex");
}
