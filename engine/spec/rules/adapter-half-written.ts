import { listWords } from "../../errors/did-you-mean.ts";
import { entryOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const adapterHalfWritten: Rule = {
  code: "adapter/half-written",
  docs: "Whoever plays a role by --system, and not by sluice.yaml, is looked at while it grows: what flows call of it and it lacks is what is left to do.",
  wrong:
    "# sluice validate --system erp=odoo, where a flow calls erp.getOrder\nadapter: odoo\nplays: erp\noperations: { createOrder: { … } }",
  right: "adapter: odoo\nplays: erp\noperations: { createOrder: { … }, getOrder: { … } }",
  check(workspace, report) {
    const settings = workspace.documents.workspace;
    if (settings === undefined || !settings.walk.sound) return;
    for (const [role, player] of Object.entries(settings.plan.systems)) {
      // Whom sluice.yaml names is asked call by call.
      if (typeof player !== "string" || workspace.names.playersOf(role).includes(player)) continue;
      const adapter = workspace.adapter(player);
      const at = entryOf(adapter?.node, "plays")?.value.at;
      if (adapter === undefined || adapter.plan.plays !== role || at === undefined) continue;
      const lacks = calledOf(workspace, role).filter(
        (operation) => !Object.hasOwn(adapter.plan.operations, operation),
      );
      if (lacks.length === 0) continue;
      report(
        at,
        `adapter "${player}" is to play "${role}", and flows call what it lacks: ${listWords(lacks)}`,
        {
          help: `add ${lacks.length === 1 ? "it" : "them"} under operations; until then a run that calls ${lacks.length === 1 ? "it" : "one of them"} cannot go on`,
        },
      );
    }
  },
};

/** Operations of a role that flows call, in the order of its contract. */
function calledOf({ documents }: Workspace, role: string): readonly string[] {
  const called = new Set(
    [...documents.flows.values()].flatMap(({ walk }) =>
      walk
        .allSites()
        .flatMap(({ references }) =>
          references.flatMap(({ to, name }) => (to === "operation" ? [name] : [])),
        ),
    ),
  );
  const contract = documents.systems.get(role);
  return Object.keys(contract?.plan.operations ?? {}).filter((operation) =>
    called.has(`${role}.${operation}`),
  );
}
