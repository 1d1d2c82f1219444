import { findingFormats, formatFindings, UsageError } from "../../engine/index.ts";
import { count } from "../output/words.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { textsAgainst } from "../workspace/against.ts";
import { judgeHere, type WorkspaceOptions } from "../workspace/compile.ts";
import type { Sizes } from "../workspace/verdict.ts";

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
  const { files, verdict } = await judgeHere(options, terminal, {
    today: new Date().toISOString().slice(0, 10),
    isHere: options.environment === true,
    ...(options.against === undefined
      ? {}
      : { against: textsAgainst(options.against, options.workspace, terminal.cwd) }),
  });
  const { diagnostics, fallbacks, sizes } = verdict;
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
      errors === 0 && sizes !== undefined
        ? `${inWords(sizes)}: good${notes}\n`
        : `${count(errors, "error")}, ${count(shown.filter(({ severity }) => severity === "warning").length, "warning")} in ${count(Object.keys(files).length, "file")}${notes}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

function inWords({ flows, systems, adapters, mappings, schemas }: Sizes): string {
  return [
    count(flows, "flow"),
    count(systems, "system"),
    count(adapters, "adapter"),
    count(mappings, "mapping"),
    count(schemas, "schema"),
  ].join(", ");
}
