import { entryOf } from "../yaml/node.ts";
import { allSteps } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const flowRespond: Rule = {
  code: "flow/respond-without-api",
  docs: "An answer goes to the caller of an API; a flow that is started by events has none.",
  wrong: "trigger: { event: crm.opportunity.won }\nsteps: [ { respond: { status: 202 } } ]",
  right: "trigger: { api: { post: /orders } }\nsteps: [ { respond: { status: 202 } } ]",
  check(workspace, report) {
    for (const { plan, node } of workspace.flows) {
      if ((plan.trigger ?? []).some(({ kind }) => kind === "api")) continue;
      const help = "remove it, or add trigger: { api: { … } }";
      for (const key of ["respond", "deadline"]) {
        const entry = entryOf(node, key);
        if (entry === undefined) continue;
        report(entry.keyAt, `"${key}" answers a caller, and no api trigger brings one`, { help });
      }
      for (const { step } of allSteps(plan)) {
        if (step.kind !== "respond") continue;
        report(step.at, '"respond" answers a caller, and no api trigger brings one', { help });
      }
    }
  },
};
