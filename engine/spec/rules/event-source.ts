import { closest } from "../../errors/did-you-mean.ts";
import { allDocuments } from "../documents/document.ts";
import { textOf, valueOf } from "../yaml/node.ts";
import type { FoundReference } from "../walk/walk.ts";
import type { Rule } from "./rule.ts";

export const eventSource: Rule = {
  code: "reference/silent-event",
  docs: "A flow that waits for an event that no flow emits and no adapter brings never starts, and nothing tells that it does not. Adapters at rest count: another system may be put in their place.",
  wrong:
    "trigger: { event: crm.order.won }  # in the contract of crm, and no adapter or flow brings it",
  right:
    "trigger: { event: crm.order.won }\nwebhooks: { orders: { events: [ { event: crm.order.won } ] } }  # in the adapter of crm",
  check(workspace, report) {
    const { events } = workspace.names;
    // What cannot be read may bring anything.
    if (events.partial || workspace.documents.broken.some(({ kind }) => kind === "adapter")) return;
    const flawed = [...workspace.documents.adapters.values()].filter(({ walk }) => !walk.sound);
    const played = [...workspace.names.ofWorkspace("systems").names.keys()];
    const unknown = new Set<string | undefined>([
      ...flawed.map(({ node }) => textOf(valueOf(node, "plays"))),
      // One whose player is not there has a finding for that.
      ...played.filter((system) =>
        workspace.names.playersOf(system).some((name) => !workspace.documents.adapters.has(name)),
      ),
    ]);
    const named = allDocuments(workspace.documents).flatMap(({ kind, walk }) =>
      walk.allSites().flatMap(({ references }) => references.map((found) => ({ kind, found }))),
    );
    const brought = new Set(
      named.flatMap(({ kind, found }) => (brings(kind, found) ? [found.name] : [])),
    );
    const misnamed = new Set(
      [...brought].flatMap((name) =>
        events.names.has(name) ? [] : (closest(name, events.names.keys()) ?? []),
      ),
    );
    for (const { kind, found } of named) {
      if (kind !== "flow" || !waitsFor(found) || brought.has(found.name)) continue;
      // An adapter with a flaw in its form may have been meant to bring it.
      if (unknown.has(found.name.split(".")[0])) continue;
      // One that is declared nowhere has a finding for that.
      if (!events.names.has(found.name)) continue;
      // One that is brought under another name has a finding for the name.
      if (misnamed.has(found.name)) continue;
      report(found.at, `nothing brings the event "${found.name}"`, {
        help: "emit it in a flow, or name it under events of a webhook or poll of an adapter",
        related: [{ at: events.names.get(found.name) ?? found.at, message: "it is declared here" }],
      });
    }
  },
};

function brings(kind: string, { to, pointer }: FoundReference): boolean {
  if (to !== "event") return false;
  return kind === "flow" ? pointer.endsWith("/emit") : /^\/(?:webhooks|polls)\//.test(pointer);
}

const waitsFor = ({ to, pointer }: FoundReference): boolean =>
  to === "event" && (pointer.startsWith("/trigger/") || pointer.endsWith("/listen/event"));
