import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";

/** `import … from`, `export … from`, `import` alone or as a call; what is of types alone is gone as it is loaded. */
const imported = /^(?:import|export) (?!type )[^"';]*"(\.[^"]*)"|\bimport\("(\.[^"]*)"\)/gm;

/** For a folder of sources: answers, for some of its files, them and all that import them, also through others. */
export function importersOf(folder: string): (files: readonly string[]) => ReadonlySet<string> {
  const direct = new Map<string, string[]>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || extname(entry.name) !== ".ts") continue;
    const path = join(entry.parentPath, entry.name);
    for (const [, plain, called = ""] of readFileSync(path, "utf8").matchAll(imported)) {
      const target = resolve(dirname(path), plain ?? called);
      const known = direct.get(target) ?? [];
      direct.set(target, [...known, path]);
    }
  }
  return (files) => {
    const reached = new Set(files);
    for (const file of reached) for (const path of direct.get(file) ?? []) reached.add(path);
    return reached;
  };
}
