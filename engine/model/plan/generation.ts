import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Expression } from "../expression.ts";
import type { Json, JsonObject } from "../json.ts";
import type { AdapterPlan } from "./adapter.ts";
import type { FlowPlan } from "./flow.ts";
import type { SystemPlan } from "./system.ts";
import type { MappingContract } from "./mapping.ts";
import type { WorkspacePlan } from "./workspace.ts";

/** A whole workspace, compiled: immutable, named by the hash of its texts. */
export interface Generation {
  /** SHA-256 over paths and texts, hex. Two workspaces with the same texts have the same name. */
  readonly hash: string;
  readonly workspace: WorkspacePlan;
  readonly flows: ReadonlyMap<string, FlowPlan>;
  readonly systems: ReadonlyMap<string, SystemPlan>;
  readonly adapters: ReadonlyMap<string, AdapterPlan>;
  readonly mappings: ReadonlyMap<string, MappingPlan>;
  /** By reference: `canonical/order@1`, `vendor/tryton/sale`. */
  readonly schemas: ReadonlyMap<string, SchemaPlan>;
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, Json>>;
  /** Flows by the event type, webhook or poll that triggers them. */
  readonly subscriptions: ReadonlyMap<string, readonly FlowPlan[]>;
  /** Every source text by workspace path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A compiled mapping: input in, output out, nothing else seen. */
export interface MappingPlan {
  /** `tryton/order-out`. */
  readonly name: string;
  /** Its input is bound as the root context and as `$input`. */
  readonly expression: Expression;
  /** Absent for a mapping without contract file. */
  readonly contract?: MappingContract;
  readonly at: SourceRef;
}

/** A compiled JSON Schema 2020-12. */
export interface SchemaPlan {
  readonly name: string;
  readonly schema: JsonObject;
  readonly at: SourceRef;
  /** Breaches of `value`, none when it conforms. */
  check(value: unknown): readonly SchemaBreach[];
}

/** One breach of a schema, in the reader's words. */
export interface SchemaBreach {
  /** JSON pointer into the value, `` for the root. */
  readonly pointer: string;
  /** What is wrong, what was given, what would be right. */
  readonly message: string;
  readonly keyword: string;
}
