import type { Scope } from "../model/expression.ts";

/** Where in the step tree the walk is: what paths begin with, and what expressions see. */
export interface Frame {
  /** Path under which the steps of this block stand. */
  readonly prefix: string;
  /** Roots bound by the blocks around: `item`, `error`. */
  readonly roots: Scope;
  /** The items the walk is in, outermost first: the split's id, and the item's path. */
  readonly items: readonly { readonly of: string; readonly prefix: string }[];
  /** A sibling branch failed: nothing new starts. */
  readonly draining: boolean;
}

export const rootFrame = (prefix: string, roots: Scope = {}): Frame => ({
  prefix,
  roots,
  items: [],
  draining: false,
});
