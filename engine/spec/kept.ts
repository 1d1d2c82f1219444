import type { KeptExpressions } from "../mapping/index.ts";
import type { Json } from "../model/json.ts";
import type { Kept } from "../model/kept.ts";
import type { KeptTrees, PackedRef } from "./yaml/kept-trees.ts";

/** Of a schema and all that it leads to: its examples keep to it. */
export type KeptExamples = Kept<true>;

/** A schema's text as data, and its place: its tree tells no more than where its parts stand. */
export interface PackedSchema {
  readonly at: PackedRef;
  readonly json: Json;
}

/**
 * What was found of parts of workspaces that have no finding. Each follows from what it is kept by,
 * whatever else stands beside it: one file that changed makes the rest of them no less true.
 */
export interface KeptParts {
  readonly trees: KeptTrees;
  readonly schemas: Kept<PackedSchema>;
  readonly expressions: KeptExpressions;
  readonly examples: KeptExamples;
}
