import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadBackup, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { progressLine } from "../output/progress.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { makeStoreFolder, storePath } from "../workspace/store.ts";

interface Options extends CommonOptions {
  readonly store?: string;
}

/** Puts a backup in the place of the store. */
export async function run({
  terminal,
  arguments: [file = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  const path = await storePath(options, terminal);
  const backup = resolve(terminal.cwd, file);
  if (!existsSync(backup)) {
    throw new UsageError("cli/unreadable-file", `there is no file ${backup}`, {
      help: "name a backup, as `sluice backup <file>` makes it",
    });
  }
  // On a machine that never ran it, nothing is there yet.
  makeStoreFolder(path);
  const { restoreStore } = await loadBackup();
  const progress = progressLine(terminal, "copied");
  const report = await restoreStore(backup, path, progress.at).finally(progress.end);
  if (options.json === true) {
    terminal.out(jsonText(report));
    return 0;
  }
  const { messages, runs, deliveries, kept } = report;
  const lines = [
    `${path}: as it was when the backup was made, checked; messages: ${messages}, runs: ${runs}`,
    ...(kept === undefined ? [] : [`  the store before it is kept as ${kept}`]),
    ...(deliveries === 0
      ? []
      : [
          `  requests without an outcome then: ${deliveries}; they may have been sent since, and are in doubt`,
        ]),
    "  what arrived after the backup is not in it: ask the sources for it again, by their gap checks or replays",
  ];
  terminal.out(`${lines.join("\n")}\n`);
  return 0;
}
