import type { DecideInput } from "./decide-input.ts";

/**
 * The identity of an effect: the flow, the business identity of the run and the effect's path.
 * Never the run's id or a position, so that a replay meets the ledger and not the partner.
 */
export function effectKey(input: Pick<DecideInput, "run" | "digest">, path: string): string {
  return input.digest(JSON.stringify([input.run.flow, input.run.identity, path]));
}
