import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSpec, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { findWorkspace } from "../workspace/read.ts";
import { makeFolder } from "../workspace/make-folder.ts";

interface Options extends CommonOptions {
  readonly write?: boolean;
}

export async function run({
  terminal,
  arguments: [document],
  options,
}: VerbInput<Options>): Promise<number> {
  const { editorSchemas } = await loadSpec();
  const schemas = editorSchemas();
  if (options.write === true) {
    const folder = join(findWorkspace(options.workspace, terminal.cwd), "schemas", "spec");
    makeFolder(folder);
    for (const [name, schema] of Object.entries(schemas)) {
      writeFileSync(join(folder, name), jsonText(schema));
      terminal.out(`schemas/spec/${name}\n`);
    }
    return 0;
  }
  const names = Object.keys(schemas).map((name) => name.replace(/\.schema\.json$|\.json$/, ""));
  const found = Object.entries(schemas).find(
    ([name]) => name.replace(/\.schema\.json$|\.json$/, "") === document,
  );
  if (found === undefined) {
    throw new UsageError(
      "cli/unknown-document",
      document === undefined
        ? "no document kind is named"
        : `there is no document kind ${JSON.stringify(document)}`,
      { help: `there are ${names.join(", ")}; --write writes them all for editors` },
    );
  }
  terminal.out(jsonText(found[1]));
  return 0;
}
