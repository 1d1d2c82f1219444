import { asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";
import { readingUses, readWhole, written } from "./value-reads.ts";

export const flowSplit: Rule = {
  code: "flow/split",
  docs: "A split takes a list apart and knows each item by its key, never by its place.",
  wrong: 'split: { from: "$message.data.lines", key: "$message.data.orderId", steps: […] }',
  right: 'split: { from: "$message.data.lines", key: "$item.sku", steps: […] }',
  check(workspace, report) {
    for (const { walk } of workspace.flows) {
      for (const [step, { uses }] of walk.sites) {
        const split = asKind(step, "split")?.argument;
        const key = uses.find(({ expression }) => expression === split?.key);
        if (key?.analysis === undefined || key.analysis.reads.some(({ root }) => root === "item")) {
          continue;
        }
        report(key.at, "every item has the same key: it reads nothing of $item", {
          help: "name what tells items apart, such as $item.sku",
        });
      }
    }
    for (const reading of readingUses(workspace)) {
      const { use } = reading;
      const whole = use.pointer.endsWith("/split/from") ? readWhole(reading) : undefined;
      const types = [...(whole?.view.types ?? [])];
      if (whole === undefined || types.length === 0 || types.includes("array")) continue;
      const what = `"${written(whole.read)}" is no list: ${whole.schema} says ${types.join(" or ")}`;
      report(use.at, what, { help: "a split takes a list apart" });
    }
  },
};
