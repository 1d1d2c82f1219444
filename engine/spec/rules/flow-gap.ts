import { entryOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const flowGap: Rule = {
  code: "flow/gap",
  docs: "Only a gapless flow waits for a message that is missing before another; elsewhere `gap` says nothing.",
  wrong: "order: every\ngap: 10m",
  right: "order: gapless\ngap: 10m",
  check(workspace, report) {
    for (const { plan, node, nameAt } of workspace.flows) {
      if (plan.gap === undefined || plan.order === "gapless") continue;
      report(
        entryOf(node, "gap")?.keyAt ?? nameAt,
        `"gap" needs order: gapless, and this flow's order is ${plan.order ?? "every"}`,
        { help: "add order: gapless, or leave gap out" },
      );
    }
  },
};
