import { resolve } from "node:path";
import { loadBackup } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { progressLine } from "../output/progress.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { existingStore } from "../workspace/store.ts";

interface Options extends CommonOptions {
  readonly store?: string;
}

/** Copies the store while its engine works. */
export async function run({
  terminal,
  arguments: [file = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  const path = await existingStore(options, terminal);
  const target = resolve(terminal.cwd, file);
  const { backupStore } = await loadBackup();
  const progress = progressLine(terminal, "copied");
  const report = await backupStore(path, target, progress.at).finally(progress.end);
  const { bytes, messages, runs, deliveries } = report;
  terminal.out(
    options.json === true
      ? jsonText(report)
      : `${target}: ${bytes} bytes, checked; messages: ${messages}, runs: ${runs}, requests without an outcome: ${deliveries}\n`,
  );
  return 0;
}
