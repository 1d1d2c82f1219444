import type { Diagnostic, SourceRef } from "./diagnostic.ts";
import { codeFrame } from "./frame.ts";
import { formatSarif } from "./sarif.ts";

export const findingFormats = ["human", "json", "sarif", "github"] as const;
export type FindingFormat = (typeof findingFormats)[number];

export interface FormatOptions {
  /** Texts by path, for code frames; without a text there is no frame. */
  readonly files?: Readonly<Record<string, string>>;
  /** Escape sequences for a terminal; `human` only. */
  readonly color?: boolean;
}

/** Findings as text, in the order given; an empty text for none, where the format allows it. */
export function formatFindings(
  diagnostics: readonly Diagnostic[],
  format: FindingFormat,
  options: FormatOptions = {},
): string {
  switch (format) {
    case "human":
      return diagnostics.map((one) => formatHuman(one, options)).join("\n\n");
    case "json":
      return JSON.stringify(diagnostics, null, 2);
    case "sarif":
      return JSON.stringify(formatSarif(diagnostics), null, 2);
    case "github":
      return diagnostics.map(formatGithub).join("\n");
  }
}

const colors = { error: "31", warning: "33", information: "36" } as const;

function formatHuman(diagnostic: Diagnostic, options: FormatOptions): string {
  const { at, severity, code } = diagnostic;
  const paint = (sequence: string, text: string) =>
    options.color === true ? `\u001B[${sequence}m${text}\u001B[0m` : text;
  const word = severity === "error" ? "" : `${paint(colors[severity], severity)}: `;
  const head = `${paint("1", place(at))}: ${word}${diagnostic.message} ${paint("2", `[${code}]`)}`;
  const frame = codeFrame(hideSecrets(options.files?.[at.file] ?? "", diagnostic), at);
  const hasText = options.files !== undefined && Object.hasOwn(options.files, at.file);
  const [bar = "", line = "", caret = ""] = (hasText ? frame : undefined) ?? [];
  const shown = bar === "" ? [] : [bar, line, paint(colors[severity], caret)];
  const margin = " ".repeat(Math.max(3, bar.length - 1));
  const notes = [
    ...(diagnostic.related ?? []).map((one) => `see: ${place(one.at)}: ${one.message}`),
    ...(diagnostic.help === undefined ? [] : [`help: ${diagnostic.help}`]),
    ...(diagnostic.fix === undefined ? [] : [`write: ${diagnostic.fix}`]),
  ];
  return [head, ...shown, ...notes.map((note) => `${margin}= ${note}`)].join("\n");
}

/** Codes of findings about texts that may be a credential: no log shall have it, too. */
const aboutSecrets = new Set(["config/secret-in-text", "reference/unknown-secret"]);

/** The text with a sign for each letter of a credential that a finding is about. */
function hideSecrets(text: string, { code, at, related = [] }: Diagnostic): string {
  if (!aboutSecrets.has(code)) return text;
  const lines = text.split("\n");
  for (const { file, line, column, length } of [at, ...related.map((one) => one.at)]) {
    const whole = lines[line - 1];
    if (file !== at.file || whole === undefined) continue;
    const [start, end] = [column - 1, column - 1 + length];
    const meant = whole.slice(start, end);
    // The name of a secret is none.
    if (/^["']?[A-Z][A-Z0-9_]*["']?$|\$secret\b/.test(meant)) continue;
    lines[line - 1] = whole.slice(0, start) + meant.replaceAll(/[^"'\s]/g, "•") + whole.slice(end);
  }
  return lines.join("\n");
}

function place(at: SourceRef): string {
  return `${at.file}:${at.line}:${at.column}`;
}

const githubWords = { error: "error", warning: "warning", information: "notice" } as const;

/** A workflow command of GitHub Actions, which shows the finding beside the line. */
function formatGithub(diagnostic: Diagnostic): string {
  const { at, severity, code, message, help, fix } = diagnostic;
  const properties = [
    `file=${property(at.file)}`,
    `line=${at.line}`,
    `col=${at.column}`,
    `endColumn=${at.column + at.length}`,
    `title=${property(code)}`,
  ].join(",");
  const text = [
    message,
    ...(help === undefined ? [] : [`help: ${help}`]),
    ...(fix === undefined ? [] : [`write: ${fix}`]),
  ].join("\n");
  return `::${githubWords[severity]} ${properties}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
