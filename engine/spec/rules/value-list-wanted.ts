import type { SchemaView } from "../../validation/index.ts";
import { pointerSegments } from "../../validation/index.ts";
import type { Rule } from "./rule.ts";

export const valueListWanted: Rule = {
  code: "value/list-wanted",
  docs: "JSONata gives `lines.{…}` as one object for one line and as nothing for none. The engine makes a list of it where the schema says so; other JSONata tools do not.",
  wrong: '{ "lines": items.{ "sku": code } }',
  right: '{ "lines": [items.{ "sku": code }] }',
  check(workspace, report) {
    for (const { mapping, to, view } of workspace.targetedMappings()) {
      for (const { target, keepsList, at } of mapping.analysis?.mappedObjects ?? []) {
        if (keepsList || viewAt(view, target)?.isArray !== true) continue;
        const place = target === "" ? "the result" : `"${target}"`;
        report(
          at,
          `${place} is a list in the schema ${to}, and this gives a single object for one item`,
          {
            help: "put it in brackets: [path.{ … }]",
          },
        );
      }
    }
  },
};

/** `[]` in a target stands for a list's items. */
function viewAt(view: SchemaView, target: string): SchemaView | undefined {
  let here: SchemaView | undefined = view;
  for (const segment of pointerSegments(target)) {
    here = segment === "[]" ? here?.items : here?.property(segment);
  }
  return here;
}
