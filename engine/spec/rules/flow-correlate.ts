import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entryAt } from "../yaml/node.ts";
import { asKind, everyStep } from "./blocks.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const flowCorrelate: Rule = {
  code: "flow/correlate",
  docs: "Events are found by the fields that their contract lists under `correlate`; only those are indexed, also for events that come early.",
  wrong:
    '- listen: { event: erp.order.approved, correlate: { number: "$message.data.id" }, within: 1m }',
  right:
    '- listen: { event: erp.order.approved, correlate: { orderId: "$message.data.id" }, within: 1m }',
  check(workspace, report) {
    for (const { plan, walk, node } of workspace.flows) {
      for (const { step } of everyStep([...plan.steps, ...(plan.onError ?? [])])) {
        const listening = asKind(step, "listen")?.argument;
        const declared = listening && correlateOf(workspace, listening.event);
        if (listening === undefined || declared === undefined) continue;
        for (const [field, value] of Object.entries(listening.correlate)) {
          if (declared.includes(field)) continue;
          const use = walk.sites.get(step)?.uses.find(({ expression }) => expression === value);
          const message = `event "${listening.event}" cannot be found by "${field}"${didYouMean(field, declared)}`;
          report(entryAt(node, use?.pointer ?? "")?.keyAt ?? step.at, message, {
            help: `its contract lists ${listWords(declared)} under correlate`,
          });
        }
      }
    }
  },
};

/** Fields of a system's event; events of flows have none declared, so any will do. */
function correlateOf(workspace: Workspace, event: string): readonly string[] | undefined {
  for (const { name, plan } of workspace.systems) {
    for (const [own, contract] of Object.entries(plan.events ?? {})) {
      if (`${name}.${own}` === event) return contract.correlate ?? [];
    }
  }
  return undefined;
}
