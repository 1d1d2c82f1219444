import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { isMiss } from "../../validation/index.ts";
import type { SystemDocument } from "../documents/document.ts";
import { entriesOf, entryAt, textOf, valueOf } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const flowCorrelate: Rule = {
  code: "flow/correlate",
  docs: "Events are found by the fields that their contract lists under `correlate`; only those are indexed, also for events that come early.",
  wrong:
    '- listen: { event: erp.order.approved, correlate: { number: "$message.data.id" }, within: 1m }',
  right:
    '- listen: { event: erp.order.approved, correlate: { orderId: "$message.data.id" }, within: 1m }',
  check(workspace, report) {
    for (const system of workspace.systems) checkContract(workspace, system, report);
    for (const { plan, walk, node } of workspace.flows) {
      for (const { step } of allSteps(plan)) {
        const listening = asKind(step, "listen")?.argument;
        const declared = listening && correlateOf(workspace, listening.event);
        if (listening === undefined || declared === undefined) continue;
        for (const [field, value] of Object.entries(listening.correlate)) {
          if (declared.includes(field)) continue;
          const use = walk.sites.get(step)?.uses.find(({ expression }) => expression === value);
          const message = `event "${listening.event}" cannot be found by "${field}"${didYouMean(field, declared)}`;
          report(entryAt(node, use?.pointer ?? "")?.keyAt ?? step.at, message, {
            help:
              declared.length === 0
                ? "its contract lists no field under correlate: add those by which it is found"
                : `its contract lists ${listWords(declared)} under correlate`,
          });
        }
      }
    }
  },
};

/** What a contract lists must be in the event's data, or nothing is ever found by it. */
function checkContract(workspace: Workspace, { node }: SystemDocument, report: Report): void {
  for (const { key, value } of entriesOf(valueOf(node, "events"))) {
    const schema = textOf(valueOf(value, "data"));
    const view = workspace.soundSchema(schema);
    const fields = valueOf(value, "correlate");
    for (const field of fields?.kind === "list" && view !== undefined ? fields.items : []) {
      const name = textOf(field);
      const found = name === undefined ? undefined : view?.follow(name.split("."));
      if (name === undefined || !isMiss(found)) continue;
      const message = `"${name}" is not in ${schema}, the data of "${key}"${didYouMean(name, found.candidates)}`;
      report(field.at, message, { help: `it has ${listWords(found.candidates)}` });
    }
  }
}

/** Fields that the event's contract lists, of a system or of flows that emit it; undefined for none. */
function correlateOf(workspace: Workspace, event: string): readonly string[] | undefined {
  for (const { name, plan } of workspace.systems) {
    for (const [own, contract] of Object.entries(plan.events ?? {})) {
      if (`${name}.${own}` === event) return contract.correlate ?? [];
    }
  }
  const emitted = workspace.flows.flatMap(({ plan }) => plan.emits?.[event] ?? []);
  if (emitted.length === 0) return undefined;
  return emitted.flatMap((declared) =>
    typeof declared === "string" ? [] : (declared.correlate ?? []),
  );
}
