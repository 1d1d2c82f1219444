import type { JsonObject } from "../../model/json.ts";
import type { PauseTarget } from "../../model/operator.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { type AdminRoute, requiredText, wrong } from "./admin-routes.ts";

const text: JsonObject = { type: "string" };
const pauseBody: JsonObject = {
  kind: { type: "string", enum: ["flow", "system", "region", "key"] },
  flow: text,
  system: text,
  region: text,
  laneKey: text,
};

/** Stopping, emptying and letting go on: a flow, a key of it, requests to a system, a region. */
export const pauseRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: "/pause",
    right: "engine.pause",
    summary: "Stops a flow, one key of it, requests to a system, or a region; intake goes on.",
    body: pauseBody,
    required: ["kind"],
    handle: async ({ body, by, context }) => {
      const target = pauseTarget(body);
      refuseUnknown(target, context.engine.generation());
      await context.engine.pause(target, by);
      return { paused: context.engine.status().paused };
    },
  },
  {
    method: "POST",
    path: "/drain",
    right: "engine.pause",
    summary:
      "Lets what has begun of a flow, key, system or region end, and begins nothing new of it; intake goes on.",
    body: pauseBody,
    required: ["kind"],
    handle: async ({ body, by, context }) => {
      const target = pauseTarget(body);
      refuseUnknown(target, context.engine.generation());
      await context.engine.drain(target, by);
      return { draining: (await context.engine.outlook()).draining };
    },
  },
  {
    method: "POST",
    path: "/unpause",
    right: "engine.pause",
    summary: "Ends a pause or a drain.",
    body: pauseBody,
    required: ["kind"],
    handle: async ({ body, by, context }) => {
      const target = pauseTarget(body);
      const resumed = await context.engine.resume(target, by);
      // What is gone from the files may have been paused before; a slip of the pen was not.
      if (!resumed) refuseUnknown(target, context.engine.generation());
      return { resumed, paused: context.engine.status().paused };
    },
  },
];

function pauseTarget(body: JsonObject): PauseTarget {
  const kind = requiredText(body, "kind");
  switch (kind) {
    case "flow":
      return { kind, flow: requiredText(body, "flow") };
    case "system":
      return { kind, system: requiredText(body, "system") };
    case "region":
      return { kind, region: requiredText(body, "region") };
    case "key":
      return { kind, flow: requiredText(body, "flow"), laneKey: requiredText(body, "laneKey") };
    default:
      throw wrong(`"kind" is ${JSON.stringify(kind)}; flow, system, region or key is taken`);
  }
}

/** A pause of what is not there would stop nothing, and nobody would know. */
function refuseUnknown(target: PauseTarget, { flows, systems }: Generation): void {
  // A flow makes its regions of what comes in: there is no list of them.
  if (target.kind === "region") return;
  const [what, name, known] =
    target.kind === "system"
      ? (["system", target.system, systems] as const)
      : (["flow", target.flow, flows] as const);
  if (known.has(name)) return;
  throw wrong(
    `there is no ${what} ${JSON.stringify(name)}; there are ${[...known.keys()].sort().join(", ")}`,
  );
}
