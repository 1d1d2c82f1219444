import type { FlowDocument } from "../documents/document.ts";
import { entryOf } from "../yaml/node.ts";
import { allSteps } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";

export const flowNoLane: Rule = {
  code: "flow/no-lane",
  docs: "What is remembered, held back or ordered is so within a lane, and a flow without a key has none: `$state` would be empty each time.",
  wrong: "key: none\nstate: { stage: null }",
  right: 'key: "$message.data.orderId"\nstate: { stage: null }',
  check(workspace, report) {
    for (const flow of workspace.flows) {
      if (flow.plan.key === undefined || flow.plan.key === "none") checkLaneless(flow, report);
    }
  },
};

const laneKeys = ["lane", "state", "hold-back", "gap"];

function checkLaneless({ node, plan }: FlowDocument, report: Report): void {
  const without = plan.key === "none" ? "key: none" : "no key";
  const help = 'give it a key, such as key: "$message.data.orderId"';
  const order = plan.order === undefined || plan.order === "every" ? [] : ["order"];
  // One is enough: the rest of them follows.
  const [entry] = [...laneKeys, ...order].flatMap((key) => entryOf(node, key) ?? []);
  if (entry !== undefined) {
    report(
      entry.keyAt,
      `"${entry.key}" is of a lane, and the flow has ${without}, so it has none`,
      {
        help,
      },
    );
    return;
  }
  const remembers = allSteps(plan).find(({ step }) => step.kind === "remember");
  if (remembers === undefined) return;
  report(remembers.step.at, `this is forgotten at once: the flow has ${without}, so no lane`, {
    help,
  });
}

export const flowLaneState: Rule = {
  code: "flow/lane-state",
  docs: "Flows that share a lane share its `$state`, so one default holds for a name in all of them.",
  wrong:
    "# refund\nlane: payment\nstate: { paid: false }\n# payment\nlane: payment\nstate: { paid: null }",
  right:
    "# refund\nlane: payment\nstate: { paid: null }\n# payment\nlane: payment\nstate: { paid: null }",
  check(workspace, report) {
    const known = new Map<string, { readonly text: string; readonly flow: FlowDocument }>();
    for (const flow of workspace.flows) {
      const state = entryOf(flow.node, "state")?.value;
      if (flow.plan.lane === undefined || state?.kind !== "map") continue;
      for (const { key, keyAt, value } of state.entries) {
        const text = value.kind === "scalar" ? value.text : undefined;
        if (text === undefined) continue;
        const name = JSON.stringify([flow.plan.lane, key]);
        const other = known.get(name);
        if (other === undefined) known.set(name, { text, flow });
        else if (other.text !== text) {
          const message = `"${key}" begins as ${shown(text)} here and as ${shown(other.text)} in flow "${other.flow.name}", and both share lane "${flow.plan.lane}"`;
          report(keyAt, message, {
            help: "give it the same default in both",
            related: [
              {
                at:
                  entryOf(entryOf(other.flow.node, "state")?.value, key)?.keyAt ??
                  other.flow.nameAt,
                message: "the other default",
              },
            ],
          });
        }
      }
    }
  },
};

const shown = (text: string): string => (text === "" ? "null" : text);
