import { cpSync, existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../engine/index.ts";
import type { VerbInput } from "../verb.ts";
import { newAdapter, type NewAdapterOptions } from "../workspace/new-adapter.ts";
import { shellWord } from "../workspace/store.ts";

/** A small workspace of real files, which the tests validate and run too. */
const starter = fileURLToPath(new URL("../starter", import.meta.url));

/** The reference workspace, at the root of the package. */
const reference = fileURLToPath(new URL("../..", import.meta.url));
const referenceParts = ["sluice.yaml", "flows", "mappings", "schemas/canonical", "schemas/vendor"];

interface Options extends NewAdapterOptions {
  readonly business?: boolean;
}

export async function run(input: VerbInput<Options>): Promise<number> {
  const {
    terminal,
    options,
    arguments: [folder = "", name],
  } = input;
  if (folder === "adapter") {
    if (name !== undefined) return newAdapter(input, name);
    throw new UsageError("cli/no-name", "the new adapter has no name", {
      help: "write `sluice new adapter <name> --plays <role>`; for a folder of this name, `sluice new ./adapter`",
    });
  }
  if (name !== undefined) {
    throw new UsageError("cli/new-what", `"new ${folder} ${name}" says two things`, {
      help: "write `sluice new <folder>` or `sluice new adapter <name> --plays <role>`",
    });
  }
  const root = resolve(terminal.cwd, folder);
  if (existsSync(root) && !statSync(root).isDirectory()) {
    throw new UsageError("cli/no-folder", `${root} is a file`, { help: "name a folder" });
  }
  if (existsSync(root) && readdirSync(root).length > 0) {
    throw new UsageError("cli/folder-not-empty", `${root} is not empty`, {
      help: "name a folder that is empty or not there yet",
    });
  }
  for (const [from, to] of options.business === true
    ? referenceParts.map((part) => [join(reference, part), join(root, part)] as const)
    : [[starter, root] as const]) {
    cpSync(from, to, { recursive: true });
  }
  if (options.business === true) cpSync(join(starter, "gitignore"), join(root, "gitignore"));
  // Kept without its dot in the package, where a real one would hide files from it.
  renameSync(join(root, "gitignore"), join(root, ".gitignore"));
  for (const path of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (path.isFile()) terminal.out(`  ${join(path.parentPath, path.name)}\n`);
  }
  terminal.out(
    `\nnext: cd ${shellWord(folder)} && sluice validate && sluice test && sluice run --watch\n`,
  );
  return Promise.resolve(0);
}
