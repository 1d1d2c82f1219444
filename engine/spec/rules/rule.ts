import type { Code } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Workspace } from "./workspace.ts";

/** Reports a finding of the rule. */
export type Report = (
  at: SourceRef,
  message: string,
  more?: Pick<Diagnostic, "help" | "fix" | "related">,
) => void;

/** One thing that is wrong in a workspace whose structure is sound. */
export interface Rule {
  readonly code: Code;
  /** Why it is wrong, for the reference page. */
  readonly docs: string;
  readonly wrong: string;
  readonly right: string;
  check(workspace: Workspace, report: Report): void;
}
