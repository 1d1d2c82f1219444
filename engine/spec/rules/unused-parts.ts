import { didYouMean } from "../../errors/did-you-mean.ts";
import type { FlowDocument } from "../documents/document.ts";
import { entriesOf, entryAt, valueOf } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const unusedOperation: Rule = {
  code: "unused/operation",
  docs: "An adapter's operation that is not in its system's contract is called by its own name, in system flows; one that no flow calls is a leftover, or a slip in its name.",
  wrong: "operations: { getOrders: … }  # the contract has getOrder",
  right: "operations: { getOrder: … }",
  check(workspace, report) {
    const called = new Set(
      workspace.flows.flatMap(({ walk }) =>
        walk
          .allSites()
          .flatMap(({ references }) =>
            references.flatMap(({ to, name }) => (to === "operation" ? [name] : [])),
          ),
      ),
    );
    for (const { name, node, plan } of workspace.adapters) {
      const role = workspace.system(plan.plays);
      if (role === undefined) continue;
      const contract = Object.keys(role.plan.operations);
      for (const { key, keyAt } of entriesOf(valueOf(node, "operations"))) {
        if (contract.includes(key) || called.has(`${name}.${key}`)) continue;
        const lacking = contract.filter((one) => plan.operations[one] === undefined);
        const message = `nothing calls "${key}", and the contract of ${plan.plays} does not have it`;
        report(keyAt, `${message}${didYouMean(key, lacking)}`);
      }
    }
  },
};

export const unusedState: Rule = {
  code: "unused/state",
  docs: "What is remembered and never read is a slip in one of the two names, or a leftover.",
  wrong: "state: { stage: null }\nsteps:\n  - remember: { stag: won }",
  right: "state: { stage: null }\nsteps:\n  - remember: { stage: won }",
  check(workspace, report) {
    for (const flow of workspace.flows) {
      const read = namesRead(workspace, flow);
      if (read === undefined) continue;
      const declared = entriesOf(valueOf(flow.node, "state")).map(({ key }) => key);
      const known = new Set([...declared, ...read]);
      for (const { step } of allSteps(flow.plan)) {
        const remembered = Object.keys(asKind(step, "remember")?.argument ?? {});
        for (const name of remembered.filter((one) => !known.has(one))) {
          const meant = didYouMean(name, known);
          // Where no defaults are written out, it may be kept for those who look.
          if (declared.length === 0 && meant === "") continue;
          const pointer = flow.walk.sites.get(step)?.pointer ?? "";
          const entry = entryAt(flow.node, `${pointer}/remember/${name}`);
          report(entry?.keyAt ?? step.at, `"${name}" is remembered, and nothing reads it${meant}`, {
            help: "correct the name, or give it a default under state",
          });
        }
      }
    }
  },
};

/** Names of `$state` that the flows of its lane read; undefined when one reads all of it. */
function namesRead(workspace: Workspace, flow: FlowDocument): ReadonlySet<string> | undefined {
  const { lane } = flow.plan;
  const flows =
    lane === undefined ? [flow] : workspace.flows.filter((one) => one.plan.lane === lane);
  const reads = flows.flatMap(({ walk }) =>
    walk
      .allSites()
      .flatMap(({ uses }) =>
        uses.flatMap(({ analysis }) =>
          (analysis?.reads ?? []).filter(({ root }) => root === "state"),
        ),
      ),
  );
  if (reads.some(({ segments: [name] }) => name === undefined || !/^\w+$/.test(name))) {
    return undefined;
  }
  return new Set(reads.map(({ segments: [name = ""] }) => name));
}
