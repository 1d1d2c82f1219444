import type { FlowPlan } from "../../model/plan/flow.ts";
import type { Generation } from "../../model/plan/generation.ts";

/** What is known of an event: the schema of its data, and the fields that listeners may name. */
export interface EventContract {
  readonly data: string;
  readonly correlate?: readonly string[];
}

/** The contract of an event: that of its system, `<system>.<name>`, or of a flow that emits it. */
export function eventContract(type: string, generation: Generation): EventContract | undefined {
  const dot = type.indexOf(".");
  const ofSystem = generation.systems.get(type.slice(0, dot))?.events?.[type.slice(dot + 1)];
  return ofSystem ?? emittedByFlows(generation).get(type);
}

/** The contract as the flow that emits the event declares it, or its system. */
export function emittedContract(
  type: string,
  flow: FlowPlan,
  generation: Generation,
): EventContract | undefined {
  const own = flow.emits?.[type];
  return own === undefined ? eventContract(type, generation) : asContract(own);
}

/** A flow names the schema alone, or writes the contract. */
function asContract(declared: NonNullable<FlowPlan["emits"]>[string]): EventContract {
  return typeof declared === "string" ? { data: declared } : declared;
}

const known = new WeakMap<Generation, ReadonlyMap<string, EventContract>>();

/** Events that flows declare, by name; read at every intake, so computed once per generation. */
function emittedByFlows(generation: Generation): ReadonlyMap<string, EventContract> {
  const before = known.get(generation);
  if (before !== undefined) return before;
  const contracts = new Map<string, EventContract>();
  for (const flow of generation.flows.values()) {
    for (const [type, declared] of Object.entries(flow.emits ?? {})) {
      contracts.set(type, joined(contracts.get(type), asContract(declared)));
    }
  }
  known.set(generation, contracts);
  return contracts;
}

/** Several flows may emit one event: any of them may say how it is found. */
function joined(before: EventContract | undefined, next: EventContract): EventContract {
  const correlate = [...new Set([...(before?.correlate ?? []), ...(next.correlate ?? [])])];
  return correlate.length === 0 ? next : { ...next, correlate };
}
