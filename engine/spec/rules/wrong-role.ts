import type { AdapterDocument } from "../documents/document.ts";
import { entriesOf, type MapEntry, valueOf } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const wrongRole: Rule = {
  code: "reference/wrong-role",
  docs: "An adapter says which role it plays; in another role it would be asked for operations it does not have. The events that it brings are of its role, too.",
  wrong: "systems: { erp: stripe }  # adapter stripe has plays: billing",
  right: "systems: { billing: stripe }",
  check(workspace, report) {
    const systems = valueOf(workspace.documents.workspace?.node, "systems");
    for (const role of entriesOf(systems)) {
      if (!workspace.names.systems.names.has(role.key)) continue;
      const { value } = role;
      const regions = entriesOf(valueOf(value, "regions"));
      const plain: readonly MapEntry[] =
        value.kind === "scalar" ? [role] : entriesOf(value).filter(({ key }) => key === "adapter");
      for (const player of [...plain, ...regions]) checkPlayer(workspace, role.key, player, report);
    }
    for (const adapter of workspace.adapters) checkEvents(workspace, adapter, report);
  },
};

/** What an adapter brings are events of the role that it plays. */
function checkEvents(workspace: Workspace, { plan, walk }: AdapterDocument, report: Report): void {
  const { plays } = plan;
  if (plays === undefined || !workspace.names.systems.names.has(plays)) return;
  for (const { to, name, at } of walk.site.references) {
    const [owner = ""] = name.split(".");
    if (to !== "event" || owner === plays || !workspace.names.systems.names.has(owner)) continue;
    report(at, `the adapter plays "${plays}", and "${name}" is an event of "${owner}"`, {
      help: `name an event of ${plays}; a flow may emit another one from it`,
    });
  }
}

function checkPlayer(
  workspace: Workspace,
  role: string,
  { value }: MapEntry,
  report: Report,
): void {
  if (value.kind !== "scalar") return;
  const adapter = workspace.adapter(value.text);
  const plays = adapter?.plan.plays;
  if (adapter === undefined || plays === undefined || plays === role) return;
  // A role that does not exist has a finding where the adapter names it.
  if (!workspace.names.systems.names.has(plays)) return;
  const fitting = workspace.adapters.flatMap((one) => (one.plan.plays === role ? one.name : []));
  const help =
    fitting.length === 0
      ? `no adapter plays ${role} yet`
      : `${role} is played by ${fitting.join(" or ")}`;
  report(value.at, `adapter "${value.text}" plays "${plays}", not "${role}"`, {
    help,
    related: [{ at: adapter.nameAt, message: "the adapter stands here" }],
  });
}
