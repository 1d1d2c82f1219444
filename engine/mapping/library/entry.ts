import type { FunctionDoc } from "../contract.ts";

/** One function of ours: documentation, argument checks and behaviour together. */
export interface LibraryFunction extends FunctionDoc {
  /** How many arguments functions that call it should give. */
  readonly arity: number;
  /** JSONata signature; the checks that need words are in `run`. */
  readonly checks: string;
  readonly run: (args: readonly unknown[]) => unknown;
}
