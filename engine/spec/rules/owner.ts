import { didYouMean } from "../../errors/did-you-mean.ts";
import { textOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const ownerMissing: Rule = {
  code: "owner/missing",
  docs: "A contract or an entity changes for many readers; somebody must say yes or no.",
  wrong: "system: erp\noperations: {}",
  right: "system: erp\nowner: finance\noperations: {}",
  check(workspace, report) {
    const help = "add owner: <team>";
    for (const { kind, name, nameAt, plan } of [...workspace.systems, ...workspace.adapters]) {
      if (plan.owner === undefined) report(nameAt, `${kind} "${name}" has no owner`, { help });
    }
    for (const { name, node, at } of canonicalSchemas(workspace)) {
      if (valueOf(node, "owner") !== undefined) continue;
      report(at, `schema "${name}" has no owner`, { help });
    }
  },
};

export const ownerUnknown: Rule = {
  code: "reference/unknown-team",
  docs: "An owner that is no team of sluice.yaml is nobody.",
  wrong: "owner: finanse",
  right: "owner: finance",
  check(workspace, report) {
    const teams = workspace.names.ofWorkspace("teams");
    if (teams.partial) return;
    for (const { node } of canonicalSchemas(workspace)) {
      const owner = valueOf(node, "owner");
      const team = textOf(owner);
      if (owner === undefined || team === undefined || teams.names.has(team)) continue;
      const names = [...teams.names.keys()];
      report(owner.at, `unknown team "${team}"${didYouMean(team, names)}`, {
        help: "declare it under teams in sluice.yaml",
      });
    }
  },
};

function canonicalSchemas(workspace: Workspace) {
  const all = [...workspace.documents.schemas.values()];
  return all.filter(({ name }) => name.startsWith("canonical/"));
}
