import type { StepPlan } from "../../model/plan/step.ts";
import { asKind } from "./blocks.ts";
import type { Workspace } from "./workspace.ts";

/** Schema of what `with` gives, where nothing reshapes it. */
export function inputSchema(workspace: Workspace, step: StepPlan): string | undefined {
  const called = asKind(step, "call");
  if (called !== undefined) {
    if (called.beside.map === undefined) return workspace.operation(called.argument)?.input;
    return workspace.mappingSource(called.beside.map);
  }
  const mapped = asKind(step, "map")?.argument;
  if (mapped !== undefined) return workspace.mappingSource(mapped);
  const emitted = asKind(step, "emit")?.argument;
  if (emitted !== undefined) return workspace.eventSchema(emitted);
  const flow = asKind(step, "run")?.argument;
  return flow === undefined ? undefined : workspace.flow(flow)?.plan.input;
}
