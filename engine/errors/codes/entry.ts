import type { Severity } from "../diagnostic.ts";

/** What the reference page says of a code. */
export interface CodeEntry {
  readonly severity: Severity;
  /** One line: what is wrong. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
  /** A line or two of YAML or JSONata that gets the finding, and the same as it should be. */
  readonly example?: { readonly wrong: string; readonly right: string };
}
