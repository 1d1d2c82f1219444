import type { FlowPlan } from "../../model/plan/flow.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { SystemPlan } from "../../model/plan/system.ts";

type EventPlan = NonNullable<SystemPlan["events"]>[string];

/** The contract of a canonical event, `<system>.<name>`. */
export function eventContract(type: string, generation: Generation): EventPlan | undefined {
  const dot = type.indexOf(".");
  return generation.systems.get(type.slice(0, dot))?.events?.[type.slice(dot + 1)];
}

/** Name of the schema of an event's data: as the flow declares it, or its system. */
export function eventSchema(
  type: string,
  flow: FlowPlan,
  generation: Generation,
): string | undefined {
  return flow.emits?.[type] ?? eventContract(type, generation)?.data;
}
