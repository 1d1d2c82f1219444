import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entryOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import { allSteps } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const slaMilestone: Rule = {
  code: "reference/unknown-milestone",
  docs: "A promise about a milestone that no step reaches is broken by every run.",
  wrong: "sla: { milestones: { order.creatd: 10s } }",
  right: "sla: { milestones: { order.created: 10s } }",
  check(workspace, report) {
    for (const { plan, node, name } of workspace.flows) {
      const steps = allSteps(plan);
      const reached = new Set(steps.flatMap(({ step }) => step.common.milestone ?? []));
      checkTests(workspace, { flow: name, reached }, report);
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

/** A test that expects a milestone by another name fails as if the flow had never come there. */
function checkTests(
  workspace: Workspace,
  { flow, reached }: { readonly flow: string; readonly reached: ReadonlySet<string> },
  report: Report,
): void {
  for (const { node } of workspace.documents.tests) {
    if (textOf(valueOf(node, "flow")) !== flow) continue;
    for (const one of itemsOf(valueOf(node, "cases"))) {
      for (const expected of itemsOf(valueOf(valueOf(one, "expect"), "milestones"))) {
        const name = textOf(expected);
        if (name === undefined || reached.has(name)) continue;
        report(
          expected.at,
          `no step of "${flow}" reaches the milestone "${name}"${didYouMean(name, reached)}`,
          { help: `its steps reach ${listWords(reached)}` },
        );
      }
    }
  }
}

const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] =>
  node?.kind === "list" ? node.items : [];
