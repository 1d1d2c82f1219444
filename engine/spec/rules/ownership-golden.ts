import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";

export const ownershipGolden: Rule = {
  code: "ownership/golden",
  docs: "A golden record takes each attribute from its system of record. Who is asked must be a system, and an attribute that must be there cannot be withheld for want of its owner's word.",
  wrong:
    "- golden: canonical/customer@1  # legalName is required, and owned by erp\n  of: { crm: …, shop: … }",
  right: "- golden: canonical/customer@1\n  of: { crm: …, erp: … }",
  check(workspace, report) {
    const { systems: there, lostSystems } = workspace.names;
    const systems = [...there.names.keys()];
    const lost = new Set([...there.unreadable, ...lostSystems]);
    for (const { plan } of workspace.flows) {
      for (const { step } of allSteps(plan)) {
        const golden = asKind(step, "golden");
        const view = golden && workspace.schema(golden.argument);
        if (golden === undefined || view === undefined) continue;
        const asked = Object.keys(golden.beside.of);
        for (const name of asked.filter((one) => !systems.includes(one) && !lost.has(one))) {
          report(step.at, `"${name}" is no system${didYouMean(name, systems)}`, {
            help: `there are ${listWords(systems)}`,
          });
        }
        if (typeof view.annotation("x-entity") !== "string") {
          report(step.at, `${golden.argument} is no entity`, {
            help: "say in the schema what the record is: x-entity: customer",
          });
        }
        for (const name of view.properties) {
          const attribute = view.property(name);
          const owner = attribute?.annotation("x-system-of-record");
          if (typeof owner !== "string" || asked.includes(owner)) continue;
          if (!view.requires(name) || attribute?.isNullable === true) continue;
          report(
            step.at,
            `"${name}" must be there, and its system of record, ${owner}, is not asked`,
            {
              help: `add ${owner} to \`of\``,
            },
          );
        }
      }
    }
  },
};
