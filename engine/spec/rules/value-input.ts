import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import { asKind, everyStep } from "./blocks.ts";
import { entryAt, type MapNode } from "../yaml/node.ts";
import type { SchemaView } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const valueInput: Rule = {
  code: "value/input",
  docs: "Before anything is sent, the input meets the schema of the operation, event or flow; what is written out in `with` can be held against it now.",
  wrong: '- call: erp.getOrder\n  with: { orderID: "${ $message.data.orderId }" }',
  right: '- call: erp.getOrder\n  with: { orderId: "${ $message.data.orderId }" }',
  check(workspace, report) {
    for (const { plan, node, walk } of workspace.flows) {
      for (const { step } of everyStep([...plan.steps, ...(plan.onError ?? [])])) {
        const schema = schemaOf(workspace, step);
        const view = workspace.schema(schema);
        const site = walk.sites.get(step);
        if (schema === undefined || view === undefined || site === undefined) continue;
        const given = entryAt(node, `${site.pointer}/with`);
        if (given?.value.kind !== "map") continue;
        checkMembers({ schema, view, given: given.value, path: [] }, report);
      }
    }
  },
};

/** Schema of what `with` gives, where nothing reshapes it. */
function schemaOf(workspace: Workspace, step: StepPlan): string | undefined {
  const called = asKind(step, "call");
  if (called !== undefined) {
    if (called.beside.map === undefined) return workspace.operation(called.argument)?.input;
    return mappingSource(workspace, called.beside.map);
  }
  const mapped = asKind(step, "map")?.argument;
  if (mapped !== undefined) return mappingSource(workspace, mapped);
  const emitted = asKind(step, "emit")?.argument;
  if (emitted !== undefined) return workspace.eventSchema(emitted);
  const flow = asKind(step, "run")?.argument;
  return flow === undefined ? undefined : workspace.flow(flow)?.plan.input;
}

function mappingSource(workspace: Workspace, mapping: string): string | undefined {
  const contract = workspace.documents.contracts.get(mapping);
  return contract?.walk.sound === true ? contract.plan.from : undefined;
}

interface Members {
  readonly schema: string;
  readonly view: SchemaView;
  readonly given: MapNode;
  readonly path: readonly string[];
}

function checkMembers({ schema, view, given, path }: Members, report: Report): void {
  const keys = new Set(given.entries.map(({ key }) => key));
  // A key with an expression has a finding of its own, and says nothing about names.
  if ([...keys].some((key) => key.includes("${"))) return;
  const { properties } = view;
  for (const { key, keyAt, value } of given.entries) {
    const property = view.property(key);
    if (property === undefined && !view.isOpen) {
      const rest = properties.filter((one) => !keys.has(one));
      const name = [...path, key].join(".");
      report(keyAt, `"${name}" is not in the schema ${schema}${didYouMean(key, rest)}`, {
        help: `it has ${listWords(properties)}`,
      });
    } else if (property !== undefined && value.kind === "map" && !property.isArray) {
      checkMembers({ schema, view: property, given: value, path: [...path, key] }, report);
    }
  }
  // An absent list is taken for an empty one.
  const missing = properties.filter(
    (key) => view.requires(key) && !keys.has(key) && view.property(key)?.isArray !== true,
  );
  if (missing.length === 0) return;
  const names = missing.map((key) => `"${[...path, key].join(".")}"`);
  const verb = missing.length === 1 ? "is" : "are";
  report(
    given.at,
    `${listWords(names)} ${verb} missing; the schema ${schema} requires ${missing.length === 1 ? "it" : "them"}`,
  );
}
