import type { Diagnostic, SourceRef } from "./diagnostic.ts";
import type { CodeEntry } from "./codes/entry.ts";
import { mappingCodes } from "./codes/mapping.ts";
import { referenceCodes } from "./codes/reference.ts";
import { ruleCodes } from "./codes/rule.ts";
import { schemaCodes } from "./codes/schema.ts";
import { specCodes } from "./codes/spec.ts";

export type { CodeEntry } from "./codes/entry.ts";

/** The one table: every code a finding may carry. A retired code stays, marked in its meaning. */
export const codes = {
  ...specCodes,
  ...referenceCodes,
  ...mappingCodes,
  ...schemaCodes,
  ...ruleCodes,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;

/** A finding with the severity that the table gives its code. */
export function finding(
  code: Code,
  at: SourceRef,
  message: string,
  more: Pick<Diagnostic, "help" | "fix" | "related"> = {},
): Diagnostic {
  return { code, severity: codes[code].severity, message, at, ...more };
}
