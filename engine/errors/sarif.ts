import { codes } from "./codes.ts";
import type { CodeEntry } from "./codes/entry.ts";
import type { Diagnostic, SourceRef } from "./diagnostic.ts";

const levels = { error: "error", warning: "warning", information: "note" } as const;
const table: Readonly<Record<string, CodeEntry>> = codes;

/** SARIF 2.1.0 (OASIS): what code scanners upload. */
export function formatSarif(diagnostics: readonly Diagnostic[]): Readonly<Record<string, unknown>> {
  const used = [...new Set(diagnostics.map(({ code }) => code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "sluice", rules: used.map(rule) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => result(diagnostic, used)),
      },
    ],
  };
}

function rule(id: string): Readonly<Record<string, unknown>> {
  const entry = table[id];
  if (entry === undefined) return { id };
  return {
    id,
    shortDescription: { text: entry.meaning },
    help: { text: entry.remedy },
    defaultConfiguration: { level: levels[entry.severity] },
  };
}

function result(
  diagnostic: Diagnostic,
  used: readonly string[],
): Readonly<Record<string, unknown>> {
  const { code, severity, message, help, related } = diagnostic;
  return {
    ruleId: code,
    ruleIndex: used.indexOf(code),
    level: levels[severity],
    message: { text: help === undefined ? message : `${message} (${help})` },
    locations: [location(diagnostic.at)],
    ...(related === undefined
      ? {}
      : {
          relatedLocations: related.map((one) => ({
            ...location(one.at),
            message: { text: one.message },
          })),
        }),
  };
}

function location(at: SourceRef): Readonly<Record<string, unknown>> {
  return {
    physicalLocation: {
      artifactLocation: { uri: at.file.split("/").map(encodeURIComponent).join("/") },
      region: {
        startLine: at.line,
        startColumn: at.column,
        endLine: at.line,
        endColumn: at.column + at.length,
      },
    },
  };
}
