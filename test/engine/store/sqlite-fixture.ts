import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Store } from "../../../engine/ports/store.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";

/** A path for a store in a folder of its own, removed after the test. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "sluice.db");
}

/** A store on disk, closed after the test. */
export function openTemporary(path = temporaryPath()): Store {
  const store = openStore({ path });
  onTestFinished(() => store.close());
  return store;
}
