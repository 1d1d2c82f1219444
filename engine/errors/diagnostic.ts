/** Where something stands in a source file. Lines and columns count from 1; offsets from 0. */
export interface SourceRef {
  /** Path relative to the workspace, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters covered from `column` on this line; at least 1. */
  readonly length: number;
}

export type Severity = "error" | "warning" | "information";

/**
 * One finding about a spec. A value, never thrown. The sentence says what is wrong (quoting the
 * user's word), what was given, and what would be right; `help` says what to do.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at: SourceRef;
  /** Next step for the reader, printed as `= help: …`. */
  readonly help?: string;
  /** The corrected line, when it is known, printed as `= write: …`. */
  readonly fix?: string;
  /** Other places that explain the finding, such as the first of two duplicates. */
  readonly related?: readonly { readonly at: SourceRef; readonly message: string }[];
}

/** Sorts by file, line, column, then code: the same findings always come in the same order. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.at.file, b.at.file) ||
    a.at.line - b.at.line ||
    a.at.column - b.at.column ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
