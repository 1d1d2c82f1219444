import type { PathRead } from "../../mapping/index.ts";
import type { Rule } from "./rule.ts";
import type { ReadTarget } from "./value-reads.ts";
import { checkShape } from "./value-shape.ts";

export const valueWrongTarget: Rule = {
  code: "value/wrong-target",
  docs: "What a mapping makes meets its target schema when the first message comes, and every message is refused then. What it makes of constants, functions and paths whose types are known can be held against the schema now.",
  wrong: '{ "orderId": id, "currency": "euro", "total": 12.5 }  # to: canonical/order@1',
  right: '{ "orderId": id, "currency": "EUR", "total": "12.50" }',
  check(workspace, report) {
    for (const { mapping, to, view } of workspace.targetedMappings()) {
      if (workspace.isFlawed(to)) continue;
      const from = workspace.mappingSource(mapping.name);
      const source = workspace.schema(from);
      const target = (read: PathRead | undefined): ReadTarget | undefined =>
        read?.root !== "input" ||
        source === undefined ||
        from === undefined ||
        workspace.isFlawed(from)
          ? undefined
          : { schema: from, view: source, segments: read.segments };
      checkShape(mapping.analysis?.shape, { schema: to, view, name: "" }, { report, target });
    }
  },
};
