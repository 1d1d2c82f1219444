import type { StepPlan } from "../../model/plan/step.ts";
import { asKind } from "./blocks.ts";
import type { Workspace } from "./workspace.ts";

/** Schema of what `with` gives, where nothing reshapes it. */
export function inputSchema(workspace: Workspace, step: StepPlan): string | undefined {
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
