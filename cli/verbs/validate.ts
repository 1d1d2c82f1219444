import { findingFormats, formatFindings, type Generation, UsageError } from "../../engine/index.ts";
import { count } from "../output/words.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { textsAgainst } from "../workspace/against.ts";
import { compileHere, type WorkspaceOptions } from "../workspace/compile.ts";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly format?: string;
  readonly against?: string;
  readonly environment?: boolean;
  readonly verbose?: boolean;
}

export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const format = findingFormats.find(
    (known) => known === (options.format ?? (options.json === true ? "json" : "human")),
  );
  if (format === undefined) {
    throw new UsageError("cli/bad-format", `there is no format ${JSON.stringify(options.format)}`, {
      help: `formats are ${findingFormats.join(", ")}`,
    });
  }
  const { files, compilation } = await compileHere(
    options,
    terminal,
    options.environment === true,
    {
      today: new Date().toISOString().slice(0, 10),
      ...(options.against === undefined
        ? {}
        : { against: textsAgainst(options.against, options.workspace, terminal.cwd) }),
    },
  );
  const { diagnostics, fallbacks, generation } = compilation;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  // People read what they must act on; what is merely worth knowing comes when they ask.
  const shown =
    format === "human" && options.verbose !== true
      ? diagnostics.filter(
          ({ code, severity }) => severity !== "information" || code === "schema/compatible-change",
        )
      : diagnostics;
  const hidden = diagnostics.length - shown.length;
  const findings = formatFindings(shown, format, { files, color: terminal.color });
  if (findings !== "") terminal.out(`${findings}\n${format === "human" ? "\n" : ""}`);
  if (format === "human") {
    const notes = hidden === 0 ? "" : `; ${count(hidden, "note")} with --verbose`;
    if (options.verbose === true) {
      for (const { at, why } of fallbacks) {
        terminal.out(
          `${at.file}:${at.line}:${at.column}: evaluated by the jsonata library: ${why ?? ""}\n`,
        );
      }
    }
    terminal.out(
      errors === 0 && generation !== undefined
        ? `${sizes(generation)}: good${notes}\n`
        : `${count(errors, "error")}, ${count(shown.filter(({ severity }) => severity === "warning").length, "warning")} in ${count(Object.keys(files).length, "file")}${notes}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

function sizes({ flows, systems, adapters, mappings, schemas }: Generation): string {
  return [
    count(flows.size, "flow"),
    count(systems.size, "system"),
    count(adapters.size, "adapter"),
    count(mappings.size, "mapping"),
    count(schemas.size, "schema"),
  ].join(", ");
}
