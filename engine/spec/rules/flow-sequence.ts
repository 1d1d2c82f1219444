import type { SourceRef } from "../../errors/diagnostic.ts";
import type { TriggerPlan } from "../../model/plan/flow.ts";
import { entryOf } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const flowSequence: Rule = {
  code: "flow/no-sequence",
  docs: "A gapless flow takes one message after the other by `sequence`, which a webhook or poll reads from what it brings. What another flow emits, a caller asks or a clock starts has none, and a message without one is taken as it comes.",
  wrong: "order: gapless\ntrigger: { event: crm.order.won }  # its poll says no sequence",
  right:
    'order: gapless\ntrigger: { event: crm.order.won }\npolls: { orders: { sequence: "$item.number", … } }  # in the adapter of crm',
  check(workspace, report) {
    const gapless = workspace.flows.filter(({ plan }) => plan.order === "gapless");
    if (gapless.length === 0 || !isWhole(workspace)) return;
    for (const { plan, node, nameAt } of gapless) {
      const sources = (plan.trigger ?? []).flatMap((one) => sourcesOf(workspace, one));
      if (sources.length === 0 || sources.some(({ hasSequence }) => hasSequence)) continue;
      const [first] = sources;
      report(
        entryOf(node, "order")?.value.at ?? nameAt,
        "gapless goes by the sequence of a message, and nothing that starts this flow gives one",
        {
          help: 'add sequence to the webhook or poll, such as sequence: "$item.number", or leave order out',
          ...(first && { related: [{ at: first.at, message: "this starts it, and says none" }] }),
        },
      );
    }
  },
};

/** What cannot be read may say a sequence. */
const isWhole = ({ documents, adapters, flows }: Workspace): boolean =>
  documents.broken.length === 0 &&
  adapters.length === documents.adapters.size &&
  flows.length === documents.flows.size;

interface Source {
  readonly at: SourceRef;
  readonly hasSequence: boolean;
}

function sourcesOf(workspace: Workspace, trigger: TriggerPlan): readonly Source[] {
  if (trigger.kind === "api" || trigger.kind === "schedule") {
    return [{ at: trigger.at, hasSequence: false }];
  }
  const name = trigger.value;
  const feeds = workspace.adapters.flatMap(({ plan: { webhooks, polls }, name: adapter }) =>
    [...Object.entries(webhooks ?? {}), ...Object.entries(polls ?? {})].flatMap(
      ([feed, { events = [], dedupe, sequence }]): readonly Source[] => {
        const brings =
          trigger.kind === "event"
            ? events.some((rule) => rule.kind === "event" && rule.value === name)
            : `${adapter}.${feed}` === name;
        return brings ? [{ at: dedupe.at, hasSequence: sequence !== undefined }] : [];
      },
    ),
  );
  const emits = workspace.flows.flatMap(({ plan }) =>
    allSteps(plan).flatMap(({ step }) =>
      trigger.kind === "event" && asKind(step, "emit")?.argument === name
        ? [{ at: step.at, hasSequence: false }]
        : [],
    ),
  );
  return [...feeds, ...emits];
}
