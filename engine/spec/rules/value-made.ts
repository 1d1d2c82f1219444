import { pointerSegments, type SchemaView } from "../../validation/index.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { entryAt, type YamlNode } from "../yaml/node.ts";
import type { Report } from "./rule.ts";
import { checkShape } from "./value-shape.ts";
import { inputSchema } from "./value-wanted.ts";
import type { Workspace } from "./workspace.ts";

/** What an expression of `with` makes, whole or as a member, where the schema takes something else. */
export function checkMade(workspace: Workspace, report: Report): void {
  for (const { node, walk } of workspace.flows) {
    for (const [step, { pointer, uses }] of walk.sites) {
      const schema = inputSchema(workspace, step);
      const view = workspace.schema(schema);
      if (schema === undefined || view === undefined || workspace.isFlawed(schema)) continue;
      const start = `${pointer}/with`;
      for (const use of uses) {
        if (use.pointer !== start && !use.pointer.startsWith(`${start}/`)) continue;
        // A path that stands alone is held against its schema elsewhere.
        const { shape } = use.analysis ?? {};
        if (shape?.kind === "read" || !isAll(entryAt(node, use.pointer)?.value, use)) continue;
        const path = pointerSegments(use.pointer.slice(start.length));
        const member = memberOf(view, path);
        if (member === undefined) continue;
        const wanted = { schema, view: member, name: path.join(".") };
        checkShape(shape, wanted, { report, target: () => undefined, unknown: "all" });
      }
    }
  }
}

/** `"${ … }"`, with nothing before or behind. */
function isAll(node: YamlNode | undefined, { expression }: ExpressionUse): boolean {
  if (node?.kind !== "scalar") return false;
  const text = node.text.trim();
  return text.startsWith("${") && text.slice(2, -1).trim() === expression.text.trim();
}

function memberOf(view: SchemaView, path: readonly string[]): SchemaView | undefined {
  return path.reduce<SchemaView | undefined>((here, name) => here?.property(name), view);
}
