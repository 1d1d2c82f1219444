import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entryOf, valueOf } from "../yaml/node.ts";
import { everyStep } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const slaMilestone: Rule = {
  code: "reference/unknown-milestone",
  docs: "A promise about a milestone that no step reaches is broken by every run.",
  wrong: "sla: { milestones: { order.creatd: 10s } }",
  right: "sla: { milestones: { order.created: 10s } }",
  check(workspace, report) {
    for (const { plan, node } of workspace.flows) {
      const steps = everyStep([...plan.steps, ...(plan.onError ?? [])]);
      const reached = new Set(steps.flatMap(({ step }) => step.common.milestone ?? []));
      for (const milestone of Object.keys(plan.sla?.milestones ?? {})) {
        if (reached.has(milestone)) continue;
        const promises = valueOf(valueOf(node, "sla"), "milestones");
        const at = entryOf(promises, milestone)?.keyAt ?? plan.at;
        report(
          at,
          `no step reaches the milestone "${milestone}"${didYouMean(milestone, reached)}`,
          {
            help: `steps reach ${listWords(reached)}; a step names its own under milestone`,
          },
        );
      }
    }
  },
};
