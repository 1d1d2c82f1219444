import { listWords } from "../../errors/did-you-mean.ts";
import { wholeEngine } from "../../model/plan/rights.ts";
import type { Rule } from "./rule.ts";

export const roleReach: Rule = {
  code: "role/whole-engine",
  docs: "Who may see and do what belongs to some flows would see through such a right what belongs to all: the counts of every flow, who did what, and what is let go of.",
  wrong: "finance: { rights: [runs.read, audit.read], domains: [finance-operations] }",
  right:
    "finance: { rights: [runs.read], domains: [finance-operations] }\nauditor: [runs.read, audit.read]",
  check(workspace, report) {
    const settings = workspace.documents.workspace;
    if (settings?.walk.sound !== true) return;
    for (const [role, grant] of Object.entries(settings.plan.roles ?? {})) {
      if (!("rights" in grant)) continue;
      if (grant.domains === undefined && grant.flows === undefined) continue;
      const wide = grant.rights.filter((right) => wholeEngine.includes(right));
      if (wide.length === 0) continue;
      const are = wide.length === 1 ? "is" : "are";
      report(
        grant.at,
        `${listWords(wide.map((right) => `"${right}"`))} ${are} over the whole engine, and the role "${role}" reaches some flows alone`,
        { help: "give it to a role without `domains` and `flows`: one holder may have two tokens" },
      );
    }
  },
};
