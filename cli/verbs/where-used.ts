import { didYouMean, type Use, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { count } from "../output/words.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { compileHere, type WorkspaceOptions } from "../workspace/compile.ts";

interface Options extends CommonOptions, WorkspaceOptions {}

export async function run({
  terminal,
  arguments: [name = ""],
  options,
}: VerbInput<Options>): Promise<number> {
  const { compilation } = await compileHere(options, terminal);
  const names = compilation.names();
  const kinds = [...names].flatMap(([kind, known]) => (known.has(name) ? [kind] : []));
  if (kinds.length === 0) {
    const all = [...names.values()].flatMap((known) => [...known]);
    throw new UsageError(
      "cli/unknown-name",
      `nothing is called "${name}"${didYouMean(name, all)}`,
      {
        help: "name a flow, schema, mapping, operation (erp.createOrder), event, code list, adapter or system",
      },
    );
  }
  const uses = compilation.uses().filter((use) => use.name === name && kinds.includes(use.to));
  if (options.json === true) {
    terminal.out(jsonText(uses.map(shown)));
    return 0;
  }
  for (const kind of kinds) {
    const own = uses.filter(({ to }) => to === kind);
    terminal.out(
      `${kind} ${name}: ${own.length === 0 ? "nothing uses it" : count(own.length, "use")}\n`,
    );
    for (const { at, by } of own) {
      terminal.out(`  ${at.file}:${at.line}:${at.column}  ${by.kind} ${by.name}\n`);
    }
  }
  return 0;
}

function shown({ to, name, at, by }: Use) {
  return { kind: to, name, file: at.file, line: at.line, column: at.column, by };
}
