import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSpec, UsageError } from "../../engine/index.ts";
import { pages } from "../docs/pages.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { verbs } from "../verbs.ts";
import { findWorkspace } from "../workspace/read.ts";
import { makeFolder } from "../workspace/make-folder.ts";

interface Options extends CommonOptions {
  readonly write?: boolean;
}

export async function run({
  terminal,
  arguments: [topic],
  options,
}: VerbInput<Options>): Promise<number> {
  const made = await pages(verbs);
  if (options.write === true) {
    const root = findWorkspace(options.workspace, terminal.cwd);
    makeFolder(join(root, "docs"));
    for (const [path, text] of Object.entries(made)) {
      writeFileSync(join(root, path), text);
      terminal.out(`${path}\n`);
    }
    return 0;
  }
  const sections = Object.values(made).flatMap((page) => page.split(/\n(?=## )/).slice(1));
  const wanted = topic?.replace(/^\$/, "");
  const found = sections.find((section) => {
    const title = section.slice(3, section.indexOf("\n"));
    return [title, title.replace(/^\$/, ""), title.replace(/^sluice (\S+).*$/, "$1")].includes(
      wanted ?? "",
    );
  });
  if (found === undefined) {
    const { languageReference } = await loadSpec();
    const kinds = languageReference().steps.map(({ kind }) => kind);
    throw new UsageError(
      "cli/unknown-topic",
      wanted === undefined
        ? "no topic is named"
        : `there is no page about ${JSON.stringify(wanted)}`,
      { help: `name a step kind (${kinds.join(", ")}), a function, a finding's code or a verb` },
    );
  }
  terminal.out(`${found.trimEnd()}\n`);
  return 0;
}
