import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One folder for a run of the tests, whatever it plays of them; gone with it. */
export function setup(): (() => void) | undefined {
  if (process.env["SLUICE_TEST_CACHE"] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-cache-"));
  process.env["SLUICE_TEST_CACHE"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
