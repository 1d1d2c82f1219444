import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Where a running engine answers; written beside its store by `sluice run`. */
interface EngineAddress {
  readonly url: string;
  readonly pid: number;
  /** Admin token made for this run, where the environment gives none; for this user only. */
  readonly token?: string;
}

function addressPath(storePath: string): string {
  return `${storePath}.engine.json`;
}

export function writeAddress(storePath: string, address: Omit<EngineAddress, "pid">): void {
  const path = addressPath(storePath);
  // An old file would keep its mode.
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify({ ...address, pid: process.pid })}\n`, { mode: 0o600 });
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
    if (typeof found !== "object" || found === null) return undefined;
    const { url, pid, token } = found as Readonly<Record<string, unknown>>;
    return typeof url === "string" && typeof pid === "number"
      ? { url, pid, ...(typeof token === "string" ? { token } : {}) }
      : undefined;
  } catch {
    return undefined;
  }
}
