import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "../peers");
const require = createRequire(join(folder, "package.json"));

/** Whether `npm ci --prefix bench/peers` was run. */
export function peersInstalled(): boolean {
  return existsSync(join(folder, "node_modules"));
}

/** A package of `bench/peers`: no dependency of ours, so its types are what the caller says. */
export async function peer<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

/** The server that a package for this machine brings. */
export function restateBinary(): string {
  const system = `restate-server-${process.platform}-${process.arch}`;
  return join(folder, "node_modules/@restatedev", system, "bin/restate-server");
}
