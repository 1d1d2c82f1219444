import { type PauseTarget, UsageError } from "../../engine/index.ts";

/** What `sluice pause` and `sluice resume` are asked about. */
export interface PauseOptions {
  readonly flow?: string;
  readonly key?: string;
  readonly system?: string;
}

export function pauseTarget({ flow, key, system }: PauseOptions): PauseTarget {
  if (flow !== undefined && system === undefined) {
    return key === undefined ? { kind: "flow", flow } : { kind: "key", flow, laneKey: key };
  }
  if (system !== undefined && flow === undefined && key === undefined)
    return { kind: "system", system };
  throw new UsageError("cli/no-target", "one flow, one key of a flow, or one system is named", {
    help: "give --flow <name>, --flow <name> --key <key>, or --system <role>",
  });
}

export function pauseText(target: PauseTarget): string {
  switch (target.kind) {
    case "flow":
      return `flow ${target.flow}`;
    case "system":
      return `requests to ${target.system}`;
    case "key":
      return `key ${target.laneKey} of flow ${target.flow}`;
  }
}
