import type { TriggerPlan } from "../../model/plan/flow.ts";
import type { FlowDocument } from "../documents/document.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const layerDirectCoupling: Rule = {
  code: "layer/direct-coupling",
  docs: "A vendor's webhook that writes into another system ties the two together: each new vendor needs its own script, and no one else can hear of the fact. A canonical event between them is heard by all.",
  wrong: "trigger: { webhook: salesforce.opportunityChanged }\nsteps:\n  - call: erp.createOrder",
  right:
    "trigger: { webhook: salesforce.opportunityChanged }\nsteps:\n  - emit: crm.opportunity.won",
  check(workspace, report) {
    for (const flow of workspace.flows) {
      const source = vendorSource(workspace, flow);
      if (source === undefined) continue;
      for (const { step } of allSteps(flow.plan)) {
        const name = asKind(step, "call")?.argument;
        const operation = name === undefined ? undefined : workspace.operation(name);
        if (name === undefined || operation === undefined) continue;
        if ((operation.effect ?? "read") === "read" || source.own.has(operation.owner)) continue;
        report(step.at, `data of "${source.name}" goes straight into "${name}"`, {
          help: `emit a canonical event here, and call "${name}" from a process flow that it triggers`,
        });
      }
    }
  },
};

interface VendorSource {
  /** The webhook, poll or event. */
  readonly name: string;
  /** The vendor and the role it plays: what the flow may write to. */
  readonly own: ReadonlySet<string>;
}

/** What starts the flow, when it is a vendor's own data and not a canonical event. */
function vendorSource(workspace: Workspace, flow: FlowDocument): VendorSource | undefined {
  for (const trigger of flow.plan.trigger ?? []) {
    const source = sourceOf(workspace, trigger);
    if (source !== undefined) return source;
  }
  return undefined;
}

function sourceOf(workspace: Workspace, trigger: TriggerPlan): VendorSource | undefined {
  if (trigger.kind === "webhook" || trigger.kind === "poll") {
    const [adapter = ""] = trigger.value.split(".");
    const role = workspace.adapter(adapter)?.plan.plays;
    return { name: trigger.value, own: new Set([adapter, ...(role === undefined ? [] : [role])]) };
  }
  if (trigger.kind !== "event") return undefined;
  const schema = workspace.eventSchema(trigger.value);
  if (schema === undefined || !schema.startsWith("vendor/")) return undefined;
  const [system = ""] = trigger.value.split(".");
  return { name: trigger.value, own: new Set([system]) };
}
