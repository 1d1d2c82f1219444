import type { ExpressionUse } from "../walk/walk.ts";
import type { YamlNode } from "../yaml/node.ts";
import type { Report } from "./rule.ts";
import { checkShape } from "./value-shape.ts";
import { membersGiven } from "./value-wanted.ts";
import type { Workspace } from "./workspace.ts";

/** What an expression of `with` makes, whole or as a member, where the schema takes something else. */
export function checkMade(workspace: Workspace, report: Report): void {
  for (const { use, value, schema, member, path } of membersGiven(workspace)) {
    // A path that stands alone is held against its schema elsewhere.
    const { shape } = use.analysis ?? {};
    if (shape?.kind === "read" || member === undefined || !isAll(value, use)) continue;
    const wanted = { schema, view: member, name: path.join(".") };
    checkShape(shape, wanted, { report, target: () => undefined, unknown: "all" });
  }
}

/** `"${ … }"`, with nothing before or behind. */
export function isAll(node: YamlNode | undefined, { expression }: ExpressionUse): boolean {
  if (node?.kind !== "scalar") return false;
  const text = node.text.trim();
  return text.startsWith("${") && text.slice(2, -1).trim() === expression.text.trim();
}
