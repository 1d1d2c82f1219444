import { findingFormats, formatFindings, UsageError } from "../../engine/index.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { compileHere, type WorkspaceOptions } from "../workspace/compile.ts";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly format?: string;
  readonly environment?: boolean;
  readonly verbose?: boolean;
}

export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const format = findingFormats.find((known) => known === (options.format ?? "human"));
  if (format === undefined) {
    throw new UsageError("cli/bad-format", `there is no format ${JSON.stringify(options.format)}`, {
      help: `formats are ${findingFormats.join(", ")}`,
    });
  }
  const { files, compilation } = await compileHere(options, terminal, options.environment === true);
  const { diagnostics, fallbacks, generation } = compilation;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  // People read what they must act on; what is merely worth knowing comes when they ask.
  const shown =
    format === "human" && options.verbose !== true
      ? diagnostics.filter(({ severity }) => severity !== "information")
      : diagnostics;
  const hidden = diagnostics.length - shown.length;
  const findings = formatFindings(shown, format, { files, color: terminal.color });
  if (findings !== "") terminal.out(`${findings}\n${format === "human" ? "\n" : ""}`);
  if (format === "human") {
    const notes = hidden === 0 ? "" : `; ${hidden} notes with --verbose`;
    if (options.verbose === true) {
      for (const { at, why } of fallbacks) {
        terminal.out(
          `${at.file}:${at.line}:${at.column}: evaluated by the jsonata library: ${why ?? ""}\n`,
        );
      }
    }
    terminal.out(
      errors === 0 && generation !== undefined
        ? `${generation.flows.size} flows, ${generation.systems.size} systems, ${generation.adapters.size} adapters, ${generation.mappings.size} mappings, ${generation.schemas.size} schemas: good${notes}\n`
        : `${errors} errors, ${shown.length - errors} warnings in ${Object.keys(files).length} files${notes}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}
