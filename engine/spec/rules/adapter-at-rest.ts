import { listWords } from "../../errors/did-you-mean.ts";
import { entryOf } from "../yaml/node.ts";
import { playingAdapters } from "../../model/plan/workspace.ts";
import type { Rule } from "./rule.ts";

export const adapterAtRest: Rule = {
  code: "adapter/lacks-operation",
  docs: "An adapter that plays nothing yet may stand beside the one in use. What it lacks of its role's operations is told before somebody exchanges the two.",
  wrong:
    "adapter: odoo\nplays: erp  # the contract of erp has createOrder and getOrder\noperations: { createOrder: { … } }",
  right: "adapter: odoo\nplays: erp\noperations: { createOrder: { … }, getOrder: { … } }",
  check(workspace, report) {
    const settings = workspace.documents.workspace;
    if (settings === undefined || !settings.walk.sound) return;
    const players = playingAdapters(settings.plan);
    for (const { name, node, plan } of workspace.adapters) {
      const role = workspace.system(plan.plays);
      if (players.has(name) || role === undefined) continue;
      const lacks = Object.keys(role.plan.operations).filter(
        (operation) => !Object.hasOwn(plan.operations, operation),
      );
      const at = entryOf(node, "plays")?.value.at;
      if (lacks.length === 0 || at === undefined) continue;
      report(
        at,
        `adapter "${name}" cannot play "${plan.plays}" yet: it lacks ${listWords(lacks)}`,
        {
          help: `add ${lacks.length === 1 ? "it" : "them"} under operations before sluice.yaml names "${name}"`,
          related: [{ at: role.nameAt, message: "the contract stands here" }],
        },
      );
    }
  },
};
