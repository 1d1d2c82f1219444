import { closest, didYouMean } from "../../errors/did-you-mean.ts";
import { entryOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const effectUnknown: Rule = {
  code: "effect/unknown",
  docs: "Whether an operation writes decides on retries, look-ups and what a plan shows. The system's contract says it for its own operations; any other must say it itself.",
  wrong: "adapter: salesforce\noperations:\n  getOpportunity: { request: { get: /opportunity } }",
  right:
    "adapter: salesforce\noperations:\n  getOpportunity: { effect: read, request: { get: /opportunity } }",
  check(workspace, report) {
    const called = new Set(
      [...workspace.documents.flows.values()].flatMap(({ walk }) =>
        walk.allSites().flatMap(({ references }) => references.map(({ name }) => name)),
      ),
    );
    for (const { plan, node, name } of workspace.adapters) {
      const role = workspace.system(plan.plays);
      if (role === undefined) continue;
      for (const operation of Object.keys(plan.operations)) {
        if (workspace.operation(`${name}.${operation}`)?.effect !== undefined) continue;
        // It is the contract that lacks what flows call, and that has a finding.
        if (called.has(`${role.name}.${operation}`)) continue;
        const lacking = Object.keys(role.plan.operations).filter(
          (one) => !Object.hasOwn(plan.operations, one),
        );
        const meant = closest(operation, lacking);
        // What flows call by its right name has a finding for the slip.
        if (meant !== undefined && called.has(`${role.name}.${meant}`)) continue;
        const at = entryOf(valueOf(node, "operations"), operation)?.keyAt ?? plan.at;
        const message = `"${operation}" is not in the contract of "${plan.plays}" and does not say its effect${didYouMean(operation, lacking)}`;
        report(at, message, { help: "add effect: read, create, update, upsert or delete" });
      }
    }
  },
};
