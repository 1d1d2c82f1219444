import type { SchemaView } from "../../validation/index.ts";
import { pointerSegments } from "../../validation/index.ts";
import type { Analysis } from "../../mapping/index.ts";
import type { Report, Rule } from "./rule.ts";
import { isAll } from "./value-made.ts";
import type { Wanted } from "./value-shape.ts";
import { membersGiven } from "./value-wanted.ts";

export const valueListWanted: Rule = {
  code: "value/list-wanted",
  docs: "JSONata gives `lines.{…}` as one object for one line and as nothing for none. The engine makes a list of it where the schema says so; other JSONata tools do not.",
  wrong: '{ "lines": items.{ "sku": code } }',
  right: '{ "lines": [items.{ "sku": code }] }',
  check(workspace, report) {
    for (const { mapping, to, view } of workspace.targetedMappings()) {
      checkLists(mapping.analysis, { schema: to, view, name: "" }, report);
    }
    for (const { use, value, schema, member: view, path } of membersGiven(workspace)) {
      if (view === undefined || !isAll(value, use)) continue;
      const name = path.map((one) => `/${one}`).join("");
      checkLists(use.analysis, { schema, view, name }, report);
    }
  },
};

function checkLists(
  analysis: Analysis | undefined,
  { schema, view, name }: Wanted,
  report: Report,
): void {
  for (const { target, keepsList, at } of analysis?.mappedObjects ?? []) {
    if (keepsList || viewAt(view, target)?.isArray !== true) continue;
    const path = name + target;
    const place = path === "" ? "the result" : `"${path}"`;
    const message = `${place} is a list in the schema ${schema}, and this gives a single object for one item`;
    report(at, message, { help: "put it in brackets: [path.{ … }]" });
  }
}

/** `[]` in a target stands for a list's items. */
function viewAt(view: SchemaView, target: string): SchemaView | undefined {
  let here: SchemaView | undefined = view;
  for (const segment of pointerSegments(target)) {
    here = segment === "[]" ? here?.items : here?.property(segment);
  }
  return here;
}
