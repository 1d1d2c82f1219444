import type { Json } from "../model/json.ts";
import type { FlowPlan } from "../model/plan/flow.ts";
import type { Block } from "../model/plan/step.ts";
import { innerBlocks } from "./behaviour-of.ts";
import type { Frame } from "./frame.ts";

/** A step that expressions may name, and where its result stands. */
interface VisibleStep {
  readonly id: string;
  /** Id of the split whose item it belongs to; undefined outside of splits. */
  readonly of: string | undefined;
  /** Its path; after the item's own path where it belongs to one. */
  readonly path: string;
}

const known = new WeakMap<FlowPlan, readonly VisibleStep[]>();

/** Every named step of a flow with its place; computed once per plan, which never changes. */
function visibleSteps(flow: FlowPlan): readonly VisibleStep[] {
  const before = known.get(flow);
  if (before !== undefined) return before;
  const found: VisibleStep[] = [];
  const visit = (steps: Block, prefix: string, of: string | undefined) => {
    for (const step of steps) {
      const path = `${prefix}.${step.id}`;
      if (step.named) found.push({ id: step.id, of, path });
      for (const block of innerBlocks(step)) {
        if (block.perItem === true) visit(block.steps, "", step.id);
        else visit(block.steps, block.under === undefined ? prefix : `${path}.${block.under}`, of);
      }
    }
  };
  visit(flow.steps, "steps", undefined);
  visit(flow.onError ?? [], "on-error", undefined);
  known.set(flow, found);
  return found;
}

/** Where the results stand that steps outside of splits may see. */
export function visiblePaths(flow: FlowPlan): readonly string[] {
  return visibleSteps(flow).flatMap(({ of, path }) => (of === undefined ? [path] : []));
}

/** `$steps` as seen from a frame: results by id, null where a step has not run. */
export function stepsRoot(flow: FlowPlan, results: ReadonlyMap<string, Json>, frame: Frame): Json {
  const values: Record<string, Json> = {};
  for (const { id, of, path } of visibleSteps(flow)) {
    if (of === undefined) {
      values[id] = results.get(path) ?? null;
      continue;
    }
    const item = frame.items.find((candidate) => candidate.of === of);
    if (item !== undefined) values[id] = results.get(`${item.prefix}${path}`) ?? null;
  }
  return values;
}
