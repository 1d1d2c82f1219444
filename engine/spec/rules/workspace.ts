import type { PresentEnv, PresentSecrets } from "../compilation.ts";
import type { Json } from "../../model/json.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";
import type { MappingContract } from "../../model/plan/mapping.ts";
import type { SystemPlan } from "../../model/plan/system.ts";
import { SchemaView } from "../../validation/index.ts";
import type {
  AdapterDocument,
  Documents,
  FlowDocument,
  MappingDocument,
  SpecDocument,
  SystemDocument,
} from "../documents/document.ts";
import type { Names } from "../resolve/names.ts";
import { isSwapped } from "./swapped-contract.ts";

/** What may be known from outside about the place where the workspace runs. */
export interface Present {
  readonly today?: string;
  readonly secrets?: PresentSecrets;
  readonly env?: PresentEnv;
}

type Effect = SystemPlan["operations"][string]["effect"];

/** An operation as flows call it: `<system>.<operation>` or `<adapter>.<operation>`. */
export interface OperationInfo {
  /** The system or adapter before the dot. */
  readonly owner: string;
  readonly isVendor: boolean;
  readonly effect?: Effect;
  readonly input?: string;
  readonly output?: string;
}

/** A mapping, and the schema that its contract gives its result. */
interface TargetedMapping {
  readonly mapping: MappingDocument;
  readonly to: string;
  readonly view: SchemaView;
}

/**
 * What rules see. Only documents whose structure is sound are listed, so that a rule may trust the
 * types of their plans; what is broken has its own findings.
 */
export class Workspace {
  readonly documents: Documents;
  readonly names: Names;
  readonly present: Present;
  readonly flows: readonly FlowDocument[];
  readonly adapters: readonly AdapterDocument[];
  readonly systems: readonly SystemDocument[];
  readonly contracts: readonly SpecDocument<MappingContract>[];
  readonly #schemas: ReadonlyMap<string, Json>;
  readonly #plans: ReadonlyMap<string, SchemaPlan>;
  readonly #flawed: ReadonlySet<string>;
  readonly #views = new Map<string, SchemaView | undefined>();
  readonly #swapped = new Map<string, boolean>();
  #eventSchemas: ReadonlyMap<string, string> | undefined;

  constructor(
    names: Names,
    present: Present,
    schemas: {
      readonly plans: ReadonlyMap<string, SchemaPlan>;
      /** Names of those with findings. */
      readonly flawed: ReadonlySet<string>;
    },
  ) {
    this.#plans = schemas.plans;
    this.#flawed = schemas.flawed;
    const { documents } = names;
    this.documents = documents;
    this.names = names;
    this.present = present;
    this.flows = soundOf(documents.flows);
    this.adapters = soundOf(documents.adapters);
    this.systems = soundOf(documents.systems);
    this.contracts = soundOf(documents.contracts);
    this.#schemas = new Map([...documents.schemas].map(([name, { json }]) => [name, json]));
  }

  schema(name: string | undefined): SchemaView | undefined {
    if (name === undefined) return undefined;
    if (!this.#views.has(name)) this.#views.set(name, SchemaView.of(name, this.#schemas));
    return this.#views.get(name);
  }

  /** True for a schema with findings: what it seems to allow, it may not mean. */
  isFlawed(schema: string): boolean {
    return this.#flawed.has(schema);
  }

  /** The schema, unless it has findings. */
  soundSchema(name: string | undefined): SchemaView | undefined {
    return name === undefined || this.isFlawed(name) ? undefined : this.schema(name);
  }

  /** True for a value that the schema takes. Compiles the schema: to be asked where something seems wrong. */
  takes(schema: string, value: Json): boolean {
    // One that leans on a flawed schema may not compile.
    if (this.#flawed.size > 0) return false;
    return this.#plans.get(schema)?.check(value).length === 0;
  }

  flow(name: string): FlowDocument | undefined {
    return soundOne(this.documents.flows, name);
  }

  system(name: string | undefined): SystemDocument | undefined {
    return soundOne(this.documents.systems, name);
  }

  adapter(name: string | undefined): AdapterDocument | undefined {
    return soundOne(this.documents.adapters, name);
  }

  operation(name: string): OperationInfo | undefined {
    const [owner = "", operation = ""] = name.split(/\.(.*)/s);
    const system = this.system(owner);
    if (system !== undefined) {
      const contract = system.plan.operations[operation];
      return contract === undefined ? undefined : { ...contract, owner, isVendor: false };
    }
    const adapter = this.adapter(owner);
    const own = adapter?.plan.operations[operation];
    if (adapter === undefined || own === undefined) return undefined;
    const role = this.system(adapter.plan.plays);
    const contract = role?.plan.operations[operation];
    return { ...contract, ...own, owner, isVendor: true };
  }

  /** Name of the schema of an event's data. */
  eventSchema(name: string): string | undefined {
    this.#eventSchemas ??= this.#allEvents();
    return this.#eventSchemas.get(name);
  }

  #allEvents(): ReadonlyMap<string, string> {
    const schemas = new Map<string, string>();
    for (const { plan } of this.flows) {
      for (const [event, data] of Object.entries(plan.emits ?? {})) {
        schemas.set(event, typeof data === "string" ? data : data.data);
      }
    }
    for (const { name, plan } of this.systems) {
      for (const [event, { data }] of Object.entries(plan.events ?? {})) {
        schemas.set(`${name}.${event}`, data);
      }
    }
    return schemas;
  }

  /** Name of the schema that a mapping's output has. */
  mappingTarget(name: string): string | undefined {
    return this.isSwapped(name) ? undefined : this.#contract(name)?.to;
  }

  /** The mappings that say what they make, with the schema of it. */
  *targetedMappings(): Generator<TargetedMapping, void> {
    for (const mapping of this.documents.mappings.values()) {
      const to = this.mappingTarget(mapping.name);
      const view = this.schema(to);
      if (to !== undefined && view !== undefined) yield { mapping, to, view };
    }
  }

  /** Name of the schema that a mapping's input has. */
  mappingSource(name: string): string | undefined {
    return this.isSwapped(name) ? undefined : this.#contract(name)?.from;
  }

  /** True for a mapping whose `from` and `to` are swapped: that is one mistake, told once. */
  isSwapped(name: string): boolean {
    const known = this.#swapped.get(name);
    if (known !== undefined) return known;
    const contract = this.#contract(name);
    const mapping = this.documents.mappings.get(name);
    const [from, to] = [this.schema(contract?.from), this.schema(contract?.to)];
    const swapped =
      mapping !== undefined &&
      from !== undefined &&
      to !== undefined &&
      isSwapped(mapping, from, to);
    this.#swapped.set(name, swapped);
    return swapped;
  }

  #contract(name: string): MappingContract | undefined {
    const contract = this.documents.contracts.get(name);
    return contract?.walk.sound === true ? contract.plan : undefined;
  }
}

function soundOne<D extends { readonly walk: { readonly sound: boolean } }>(
  documents: ReadonlyMap<string, D>,
  name: string | undefined,
): D | undefined {
  const document = name === undefined ? undefined : documents.get(name);
  return document?.walk.sound === true ? document : undefined;
}

function soundOf<D extends { readonly walk: { readonly sound: boolean } }>(
  documents: ReadonlyMap<string, D>,
): readonly D[] {
  return [...documents.values()].filter(({ walk }) => walk.sound);
}
