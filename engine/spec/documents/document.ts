import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Analysis } from "../../mapping/index.ts";
import type { Expression } from "../../model/expression.ts";
import type { Json } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { FlowPlan } from "../../model/plan/flow.ts";
import type { SystemPlan } from "../../model/plan/system.ts";
import type { FlowTest } from "../../model/plan/flow-test.ts";
import type { CodesPlan, MappingContract } from "../../model/plan/mapping.ts";
import type { WorkspacePlan } from "../../model/plan/workspace.ts";
import type { Walk } from "../walk/walk.ts";
import type { MapNode, YamlNode } from "../yaml/node.ts";

/** What a YAML document may be; its first key says which. */
export type DocumentKind =
  | "workspace"
  | "flow"
  | "system"
  | "adapter"
  | "mapping"
  | "codes"
  | "test";

/** One YAML document, compiled as far as it goes. */
export interface SpecDocument<Plan> {
  readonly kind: DocumentKind;
  readonly file: string;
  readonly name: string;
  /** The name, as it stands in the file. */
  readonly nameAt: SourceRef;
  readonly node: MapNode;
  /** Whole only while `walk.sound`. */
  readonly plan: Plan;
  readonly walk: Walk;
}

export type FlowDocument = SpecDocument<FlowPlan>;
export type AdapterDocument = SpecDocument<AdapterPlan>;
export type SystemDocument = SpecDocument<SystemPlan>;

export interface MappingDocument {
  readonly name: string;
  readonly file: string;
  readonly expression: Expression;
  readonly analysis?: Analysis;
  readonly at: SourceRef;
}

export interface SchemaDocument {
  readonly name: string;
  readonly file: string;
  /** Where its parts stand; may be worked out when it is asked for. */
  readonly node: YamlNode;
  readonly json: Json;
  readonly at: SourceRef;
}

/** A file whose syntax is beyond repair: it still declares what its first line and path say. */
export interface BrokenFile {
  readonly file: string;
  readonly kind?: DocumentKind | "schema";
  readonly name?: string;
}

/** All documents of a workspace, by name. */
export interface Documents {
  readonly files: Readonly<Record<string, string>>;
  readonly workspace?: SpecDocument<WorkspacePlan>;
  readonly flows: ReadonlyMap<string, FlowDocument>;
  readonly systems: ReadonlyMap<string, SystemDocument>;
  readonly adapters: ReadonlyMap<string, AdapterDocument>;
  readonly mappings: ReadonlyMap<string, MappingDocument>;
  readonly contracts: ReadonlyMap<string, SpecDocument<MappingContract>>;
  readonly codes: ReadonlyMap<string, SpecDocument<CodesPlan>>;
  readonly schemas: ReadonlyMap<string, SchemaDocument>;
  readonly tests: readonly SpecDocument<FlowTest>[];
  readonly broken: readonly BrokenFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Every YAML document that names things: all but schemas. */
export function allDocuments(documents: Documents): readonly SpecDocument<unknown>[] {
  return [
    ...(documents.workspace === undefined ? [] : [documents.workspace]),
    ...documents.flows.values(),
    ...documents.systems.values(),
    ...documents.adapters.values(),
    ...documents.contracts.values(),
    ...documents.codes.values(),
    ...documents.tests,
  ];
}
