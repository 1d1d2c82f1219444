import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

/** Signals by which a person or a machine ends a measurement. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A folder for what a measurement writes, which may be gigabytes: gone afterwards, also when it is ended by a signal. */
export async function withScratch<T>(
  use: (folder: string) => Promise<T>,
  within = tmpdir(),
): Promise<T> {
  const folder = mkdtempSync(join(within, "sluice-bench-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const end = (signal: (typeof signals)[number]): void => {
    process.exit(128 + constants.signals[signal]);
  };
  process.once("exit", remove);
  for (const signal of signals) process.once(signal, end);
  try {
    return await use(folder);
  } finally {
    for (const signal of signals) process.off(signal, end);
    process.off("exit", remove);
    remove();
  }
}
