import type { Rule } from "./rule.ts";

export const flowOwner: Rule = {
  code: "flow/missing-owner",
  docs: "When a flow stops at night, somebody must be woken; escalation starts at the owner.",
  wrong: "flow: customer-sync\nsteps: []",
  right: "flow: customer-sync\nowner: sales-operations\nsteps: []",
  check(workspace, report) {
    for (const { plan, nameAt, name } of workspace.flows) {
      if (plan.owner !== undefined) continue;
      report(nameAt, `flow "${name}" has no owner`, { help: "add owner: <team>" });
    }
  },
};
