import { layers, type FlowPlan } from "../../model/plan/flow.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import type { Walk } from "../walk/walk.ts";
import type { MapNode } from "../yaml/node.ts";

type Layer = FlowPlan["layer"];

/** Completes the plan of a flow by what its text leaves out: layer by folder, steps by id. */
export function completeFlow(
  plan: Record<string, unknown>,
  name: string,
  node: MapNode,
  walk: Walk,
): FlowPlan {
  const layer = plan["layer"] ?? layerOf(walk, node);
  const whole = { ...plan, name, layer, stepsById: stepsById(walk) };
  // The fields gave it this type; `walk.sound` tells whether all of it is there.
  return whole as unknown as FlowPlan;
}

function layerOf(walk: Walk, node: MapNode): Layer | undefined {
  const folder = walk.file.split("/")[1];
  const layer = layers.find((one) => one === folder);
  if (layer !== undefined) return layer;
  walk.flaw(
    "spec/missing-key",
    node.at,
    `"layer" is missing, and "${walk.file}" stands in none of flows/system, flows/process and flows/experience`,
    { help: "move the file into the folder of its layer, or write layer: process" },
  );
  return undefined;
}

function stepsById(walk: Walk): ReadonlyMap<string, StepPlan> {
  const steps = new Map<string, StepPlan>();
  for (const step of walk.sites.keys()) {
    const first = steps.get(step.id);
    if (first === undefined) {
      steps.set(step.id, step);
      continue;
    }
    walk.slip("spec/duplicate-step", step.at, `a second step has the id "${step.id}"`, {
      help: "ids are unique in a flow, those in blocks included",
      related: [{ at: first.at, message: "the first stands here" }],
    });
  }
  return steps;
}
