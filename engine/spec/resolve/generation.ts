import type { Json } from "../../model/json.ts";
import type { FlowPlan } from "../../model/plan/flow.ts";
import type { Generation, MappingPlan, SchemaPlan } from "../../model/plan/generation.ts";
import type { CodesPlan } from "../../model/plan/mapping.ts";
import type { WorkspacePlan } from "../../model/plan/workspace.ts";
import type { Documents, SpecDocument } from "../documents/document.ts";

/** The generation of a workspace without errors. */
export function assemble(
  documents: Documents,
  workspace: SpecDocument<WorkspacePlan>,
  schemas: ReadonlyMap<string, SchemaPlan>,
  digest: (text: string) => string,
): Generation {
  const flows = plansOf(documents.flows);
  return {
    hash: digest(JSON.stringify(Object.entries(documents.files))),
    workspace: workspace.plan,
    flows,
    systems: plansOf(documents.systems),
    adapters: plansOf(documents.adapters),
    mappings: mappingsOf(documents),
    schemas,
    codes: new Map([...documents.codes].map(([name, { plan }]) => [name, valuesOf(plan)])),
    subscriptions: subscriptionsOf(flows),
    files: documents.files,
  };
}

function plansOf<Plan>(
  documents: ReadonlyMap<string, SpecDocument<Plan>>,
): ReadonlyMap<string, Plan> {
  return new Map([...documents].map(([name, document]) => [name, document.plan]));
}

function mappingsOf(documents: Documents): ReadonlyMap<string, MappingPlan> {
  return new Map(
    [...documents.mappings].map(([name, { expression, at }]): [string, MappingPlan] => {
      const contract = documents.contracts.get(name)?.plan;
      return [name, { name, expression, ...(contract === undefined ? {} : { contract }), at }];
    }),
  );
}

function valuesOf(plan: CodesPlan): ReadonlyMap<string, Json> {
  // `json` fields hold plain JSON.
  return new Map(Object.entries(plan.values as Readonly<Record<string, Json>>));
}

/** Flows by event, webhook and poll, each list in the order of names. */
function subscriptionsOf(
  flows: ReadonlyMap<string, FlowPlan>,
): ReadonlyMap<string, readonly FlowPlan[]> {
  const subscriptions = new Map<string, FlowPlan[]>();
  for (const flow of [...flows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const type of typesOf(flow)) {
      const subscribed = subscriptions.get(type) ?? [];
      subscriptions.set(type, subscribed);
      subscribed.push(flow);
    }
  }
  return subscriptions;
}

function typesOf(flow: FlowPlan): ReadonlySet<string> {
  const types = (flow.trigger ?? []).flatMap((trigger) =>
    trigger.kind === "event" || trigger.kind === "webhook" || trigger.kind === "poll"
      ? [trigger.value]
      : [],
  );
  return new Set(types);
}
