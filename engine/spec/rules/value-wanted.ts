import type { StepPlan } from "../../model/plan/step.ts";
import { pointerSegments, type SchemaView } from "../../validation/index.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { entryAt, type YamlNode } from "../yaml/node.ts";
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

/** An expression of `with`, and what the schema wants in its place. */
interface GivenMember {
  readonly use: ExpressionUse;
  /** What stands in the document there. */
  readonly value: YamlNode | undefined;
  readonly schema: string;
  /** Absent where the schema does not describe it. */
  readonly member: SchemaView | undefined;
  /** Within the input; empty for all of it. */
  readonly path: readonly string[];
}

/** What all steps give by `with`, whole or by member, where the schema is known and sound. */
export function* membersGiven(workspace: Workspace): Generator<GivenMember, void> {
  for (const { node, walk } of workspace.flows) {
    for (const [step, { pointer, uses }] of walk.sites) {
      const schema = inputSchema(workspace, step);
      const view = workspace.soundSchema(schema);
      if (schema === undefined || view === undefined) continue;
      const start = `${pointer}/with`;
      for (const use of uses) {
        if (use.pointer !== start && !use.pointer.startsWith(`${start}/`)) continue;
        const path = pointerSegments(use.pointer.slice(start.length));
        const member = path.reduce<SchemaView | undefined>(
          (here, name) => here?.property(name),
          view,
        );
        yield { use, value: entryAt(node, use.pointer)?.value, schema, member, path };
      }
    }
  }
}
