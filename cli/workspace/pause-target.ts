import { type PauseTarget, UsageError } from "../../engine/index.ts";

/** What `sluice pause`, `drain` and `resume` are asked about. */
export interface PauseOptions {
  readonly region?: string;
  readonly flow?: string;
  readonly key?: string;
  readonly system?: string;
}

export function pauseTarget({ flow, key, system, region }: PauseOptions): PauseTarget {
  const named = [flow, system, region].filter((name) => name !== undefined);
  if (named.length === 1 && (key === undefined || flow !== undefined)) {
    if (system !== undefined) return { kind: "system", system };
    if (region !== undefined) return { kind: "region", region };
    if (flow !== undefined) {
      return key === undefined ? { kind: "flow", flow } : { kind: "key", flow, laneKey: key };
    }
  }
  throw new UsageError(
    "cli/no-target",
    "one flow, one key of a flow, one system or one region is named",
    {
      help: "give --flow <name>, --flow <name> --key <key>, --system <role>, or --region <name>",
    },
  );
}

export function pauseText(target: PauseTarget): string {
  switch (target.kind) {
    case "flow":
      return `flow ${target.flow}`;
    case "system":
      return `requests to ${target.system}`;
    case "region":
      return `region ${target.region}`;
    case "key":
      return `key ${target.laneKey} of flow ${target.flow}`;
  }
}
