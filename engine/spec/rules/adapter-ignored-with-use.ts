import { listWords } from "../../errors/did-you-mean.ts";
import { entriesOf, textOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

const kept = ["id", "if", "each", "use", "with", "in-doubt"];

export const adapterIgnoredWithUse: Rule = {
  code: "adapter/ignored-with-use",
  docs: "A request with `use` stands for the template's requests: what is sent, and what is asked of an answer, is said at those, and would be passed over here.",
  wrong: 'requests: [{ id: read, use: wizard, expect: { that: "$result != null", error: … } }]',
  right:
    'templates: { wizard: [{ id: read, get: /x, expect: { that: "$result != null", error: … } }] }',
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      for (const { value } of entriesOf(valueOf(node, "operations"))) {
        const requests = valueOf(value, "requests");
        for (const request of requests?.kind === "list" ? requests.items : []) {
          const template = textOf(valueOf(request, "use"));
          if (template === undefined) continue;
          for (const { key, keyAt } of entriesOf(request)) {
            if (kept.includes(key)) continue;
            report(keyAt, `beside \`use\`, "${key}" is passed over`, {
              help: `say it at a request of the template "${template}"; here may stand ${listWords(kept)}`,
            });
          }
        }
      }
    }
  },
};
