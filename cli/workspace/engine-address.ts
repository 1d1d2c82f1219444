import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Where a running engine answers; written beside its store by `sluice run`. */
interface EngineAddress {
  readonly url: string;
  readonly pid: number;
}

function addressPath(storePath: string): string {
  return `${storePath}.engine.json`;
}

export function writeAddress(storePath: string, url: string): void {
  const address: EngineAddress = { url, pid: process.pid };
  writeFileSync(addressPath(storePath), `${JSON.stringify(address)}\n`);
}

export function removeAddress(storePath: string): void {
  rmSync(addressPath(storePath), { force: true });
}

/** The address last written; the engine may be gone meanwhile. */
export function readAddress(storePath: string): EngineAddress | undefined {
  const path = addressPath(storePath);
  if (!existsSync(path)) return undefined;
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof found === "object" &&
      found !== null &&
      "url" in found &&
      typeof found.url === "string" &&
      "pid" in found &&
      typeof found.pid === "number"
      ? { url: found.url, pid: found.pid }
      : undefined;
  } catch {
    return undefined;
  }
}
