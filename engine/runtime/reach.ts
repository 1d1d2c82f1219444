import type { Generation } from "../model/plan/generation.ts";
import type { Selection } from "../ports/selection.ts";
import type { PauseTarget } from "../model/operator.ts";

/** Runs that belong to a target: for a system, those of all flows that may call it. */
export function selectionOf(target: PauseTarget, generation: Generation): Selection {
  switch (target.kind) {
    case "flow":
      return { flows: [target.flow] };
    case "region":
      return { regions: [target.region] };
    case "key":
      return { keys: [{ flow: target.flow, laneKey: target.laneKey }] };
    case "system":
      return { flows: flowsCalling(target.system, generation) };
  }
}

/** Adapters that no request may go to while the target is paused. */
export function adaptersOf(target: PauseTarget, generation: Generation): readonly string[] {
  if (target.kind === "system") {
    return [...generation.adapters.values()]
      .filter(({ plays }) => plays === target.system)
      .map(({ name }) => name);
  }
  if (target.kind !== "region") return [];
  const players = Object.values(generation.workspace.systems);
  const everywhere = new Set(players.map((one) => (typeof one === "string" ? one : one.adapter)));
  return players
    .flatMap((one) => (typeof one === "string" ? [] : (one.regions?.[target.region] ?? [])))
    .filter((adapter) => !everywhere.has(adapter));
}

/** One selection of many. */
export function together(selections: readonly Selection[]): Selection {
  return {
    flows: [...new Set(selections.flatMap(({ flows = [] }) => flows))],
    regions: [...new Set(selections.flatMap(({ regions = [] }) => regions))],
    keys: selections.flatMap(({ keys = [] }) => keys),
  };
}

/** How many calls of its steps a flow makes to each adapter, those of flows it runs included. */
export function callsOf(flow: string, generation: Generation): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const name of withRuns(flow, generation)) {
    for (const { kind, argument } of generation.flows.get(name)?.stepsById.values() ?? []) {
      if (kind !== "call" || typeof argument !== "string") continue;
      const adapter = adapterOf(argument, generation);
      calls.set(adapter, (calls.get(adapter) ?? 0) + 1);
    }
  }
  return calls;
}

/** Names of flows that call a system, by its own name or an adapter's, themselves or by `run`. */
function flowsCalling(system: string, { flows, adapters, ...rest }: Generation): readonly string[] {
  const generation = { flows, adapters, ...rest };
  return [...flows.keys()].filter((flow) =>
    [...callsOf(flow, generation).keys()].some(
      (adapter) => adapters.get(adapter)?.plays === system,
    ),
  );
}

/** The flow and all that it runs. */
function withRuns(flow: string, { flows }: Generation): ReadonlySet<string> {
  const found = new Set([flow]);
  // A set hands out what is added while it is walked over.
  for (const name of found) {
    for (const { kind, argument } of flows.get(name)?.stepsById.values() ?? []) {
      if (kind === "run" && typeof argument === "string") found.add(argument);
    }
  }
  return found;
}

function adapterOf(operation: string, { workspace }: Generation): string {
  const [system = ""] = operation.split(".");
  const player = workspace.systems[system];
  return (typeof player === "string" ? player : player?.adapter) ?? system;
}
