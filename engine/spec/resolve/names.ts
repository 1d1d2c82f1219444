import type { SourceRef } from "../../errors/diagnostic.ts";
import type { DocumentKind, Documents, SpecDocument } from "../documents/document.ts";
import { workspaceFields } from "../../model/plan/workspace.ts";
import { entriesOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";

/** Names of one kind. `partial`: a file that cannot be read may declare more. */
export interface Declared {
  readonly names: ReadonlyMap<string, SourceRef>;
  readonly partial: boolean;
  /** Declared by a file that cannot be read: they exist, and nothing is known of them. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Everything a workspace declares, taken from the texts and not from the plans: what has a flaw is
 * still declared, so that one mistake does not look like ten.
 */
export class Names {
  readonly documents: Documents;
  /** Asked for once a reference, and a workspace has thousands of them. */
  #lost: ReadonlySet<string> | undefined;
  readonly #known = new Map<string, Declared>();

  constructor(documents: Documents) {
    this.documents = documents;
  }

  /** `teams`, `roles`, `env`, `secrets` or `systems` of sluice.yaml. */
  ofWorkspace(key: "teams" | "roles" | "env" | "secrets" | "systems"): Declared {
    return this.#once(`workspace ${key}`, () =>
      this.#fromNode(
        valueOf(this.documents.workspace?.node, key),
        !workspaceFields[key].optional,
        key === "env" || key === "secrets",
      ),
    );
  }

  /** `retry` policies of sluice.yaml. */
  get policies(): Declared {
    return this.#once("policies", () =>
      this.#fromNode(valueOf(valueOf(this.documents.workspace?.node, "policies"), "retry")),
    );
  }

  /** Systems are named, and nothing stands under flows/: that is one mistake, told once. */
  get lacksFlows(): boolean {
    const { flows, systems, adapters, broken } = this.documents;
    return (
      flows.size + systems.size + adapters.size === 0 &&
      !broken.some(({ file }) => file.startsWith("flows/")) &&
      this.ofWorkspace("systems").names.size > 0
    );
  }

  get flows(): Declared {
    return this.#once("flows", () => this.#ofDocuments("flow", this.documents.flows));
  }

  get systems(): Declared {
    return this.#once("systems", () => this.#ofDocuments("system", this.documents.systems));
  }

  /** Systems that are played and have no contract: told where they are played, and nowhere else. */
  get lostSystems(): ReadonlySet<string> {
    return (this.#lost ??= this.#lostSystems());
  }

  #lostSystems(): ReadonlySet<string> {
    const { adapters } = this.documents;
    const played = [...adapters.values()].flatMap(
      ({ node }) => textOf(valueOf(node, "plays")) ?? [],
    );
    const configured = [...this.ofWorkspace("systems").names.keys()];
    // A word that nobody plays and one that no one configures are slips of their own.
    const both = played.filter((name) => configured.includes(name));
    return new Set(both.filter((name) => !mayExist(this.systems, name)));
  }

  get adapters(): Declared {
    return this.#once("adapters", () => this.#ofDocuments("adapter", this.documents.adapters));
  }

  /** Systems and adapters: the crosswalk knows ids by either. */
  get partners(): Declared {
    return this.#once("partners", () => {
      const { systems, adapters } = this;
      return {
        names: new Map([...systems.names, ...adapters.names]),
        partial: systems.partial || adapters.partial,
        unreadable: new Set([...systems.unreadable, ...adapters.unreadable]),
      };
    });
  }

  get codes(): Declared {
    return this.#once("codes", () => this.#ofDocuments("codes", this.documents.codes));
  }

  get mappings(): Declared {
    return this.#once("mappings", () => this.#ofPaths("mapping", this.documents.mappings));
  }

  get schemas(): Declared {
    return this.#once("schemas", () => this.#ofPaths("schema", this.documents.schemas));
  }

  /** `<system>.<event>` of the contracts, and what flows list under `emits`. */
  get events(): Declared {
    return this.#once("events", () => this.#events());
  }

  #events(): Declared {
    const names = new Map<string, SourceRef>();
    const lost = new Set([...this.systems.unreadable, ...this.lostSystems]);
    for (const [system, document] of this.documents.systems) {
      for (const { key, keyAt } of entriesOf(valueOf(document.node, "events"))) {
        names.set(`${system}.${key}`, keyAt);
      }
      if (isLost(document, "events")) lost.add(system);
    }
    for (const flow of this.documents.flows.values()) {
      const emits = valueOf(flow.node, "emits");
      for (const { key, keyAt } of entriesOf(emits)) if (!names.has(key)) names.set(key, keyAt);
      // A list of names in the place of the map has its finding, and declares them all the same.
      for (const item of emits?.kind === "list" ? emits.items : []) {
        const name = textOf(item);
        if (name !== undefined && !names.has(name)) names.set(name, item.at);
      }
    }
    // Any flow that cannot be read may emit what is looked for.
    const partial =
      this.systems.partial ||
      this.documents.broken.some(
        ({ kind, file }) => kind === "flow" || (kind === undefined && file.startsWith("flows/")),
      );
    return {
      names,
      partial,
      unreadable: lost,
    };
  }

  /** `<adapter>.<name>` of everything under `key` of the adapters. */
  ofAdapters(key: "webhooks" | "polls" | "operations"): Declared {
    return this.#once(`adapters ${key}`, () =>
      this.#members(this.documents.adapters, key, this.adapters),
    );
  }

  /** `<system>.<operation>` of the contracts. */
  get operations(): Declared {
    return this.#once("operations", () =>
      this.#members(this.documents.systems, "operations", this.systems),
    );
  }

  /** The adapters that play a system, the default and those of regions. */
  playersOf(system: string): readonly string[] {
    const player = valueOf(valueOf(this.documents.workspace?.node, "systems"), system);
    const plain = textOf(player);
    if (plain !== undefined) return [plain];
    const all = [
      valueOf(player, "adapter"),
      ...entriesOf(valueOf(player, "regions")).map((e) => e.value),
    ];
    return all.flatMap((node) => textOf(node) ?? []);
  }

  /** Members of a map of one document, such as an adapter's `lookups`. */
  inDocument(document: SpecDocument<unknown>, key: string): Declared {
    return this.#once(`${document.file} ${key}`, () => ({
      ...none,
      names: keysOf(valueOf(document.node, key)),
    }));
  }

  /** Names that requests of an adapter give a value by `call`, or by `with` beside `use`; `key` is a table's. */
  calledIn(document: SpecDocument<unknown>): Declared {
    return this.#once(`${document.file} call`, () => {
      const called = [...namedBelow(document.node, new Set(["call", "with"]))];
      return { ...none, names: new Map([...called, ["key", document.nameAt]]) };
    });
  }

  #once(key: string, make: () => Declared): Declared {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }

  /** What should be a map and is none, or is required and missing, has its finding already. */
  #fromNode(node: YamlNode | undefined, required = false, upperCase = false): Declared {
    const told = new Set(this.documents.workspace?.walk.diagnostics.map(({ at }) => at));
    const misnamed = entriesOf(node).some(
      ({ key, keyAt }) => told.has(keyAt) || (upperCase && !/^[A-Z][A-Z0-9_]*$/.test(key)),
    );
    const flawed =
      node === undefined ? required || this.#hasStrangeKey() : node.kind !== "map" || misnamed;
    const partial = flawed || this.documents.workspace === undefined;
    return { ...none, names: keysOf(node), partial };
  }

  /** A key of sluice.yaml that is none may have been meant for the one that is looked for. */
  #hasStrangeKey(): boolean {
    const entries = entriesOf(this.documents.workspace?.node);
    return entries.some(({ key }) => !Object.hasOwn(workspaceFields, key));
  }

  #ofDocuments(kind: DocumentKind, named: ReadonlyMap<string, SpecDocument<unknown>>): Declared {
    const folder = kind === "codes" ? "mappings/" : "flows/";
    const unreadable = new Set<string>();
    let partial = kind !== "codes" && this.lacksFlows;
    for (const broken of this.documents.broken) {
      if (broken.kind === kind && broken.name !== undefined) unreadable.add(broken.name);
      else if (broken.kind === undefined && broken.file.startsWith(folder)) partial = true;
    }
    const names = new Map<string, SourceRef>();
    for (const [name, { nameAt, walk }] of named) {
      // One that breaks the rules for names has its finding, and is renamed for it.
      if (walk.diagnostics.some(({ at }) => at === nameAt)) partial = true;
      // A name that is none has its finding; what it was meant to be, nobody knows.
      if (/^[\w.-]+$/.test(name)) names.set(name, nameAt);
      else partial = true;
    }
    return { names, partial, unreadable };
  }

  #ofPaths(
    kind: "mapping" | "schema",
    named: ReadonlyMap<string, { readonly at: SourceRef }>,
  ): Declared {
    const broken = this.documents.broken.filter((one) => one.kind === kind);
    return {
      names: new Map([...named].map(([name, { at }]) => [name, at])),
      partial: false,
      unreadable: new Set(broken.flatMap(({ name }) => name ?? [])),
    };
  }

  #members(
    documents: ReadonlyMap<string, SpecDocument<unknown>>,
    key: string,
    owners: Declared,
  ): Declared {
    const names = new Map<string, SourceRef>();
    const unreadable = new Set(owners.unreadable);
    for (const [owner, document] of documents) {
      for (const entry of entriesOf(valueOf(document.node, key))) {
        names.set(`${owner}.${entry.key}`, entry.keyAt);
      }
      if (isLost(document, key)) unreadable.add(owner);
    }
    return { names, partial: owners.partial, unreadable };
  }
}

/** True where what a document declares under a key is not known, for the key or its members have findings. */
export function isLost({ node, walk }: SpecDocument<unknown>, key: string): boolean {
  if (walk.sound) return false;
  const flawed = new Set(walk.diagnostics.map(({ at }) => at));
  const value = valueOf(node, key);
  if (value === undefined) return node.entries.some(({ keyAt }) => flawed.has(keyAt));
  return value.kind !== "map" || value.entries.some(({ keyAt }) => flawed.has(keyAt));
}

const none: Declared = { names: new Map(), partial: false, unreadable: new Set() };

function keysOf(node: YamlNode | undefined): ReadonlyMap<string, SourceRef> {
  return new Map(entriesOf(node).map(({ key, keyAt }) => [key, keyAt]));
}

/**
 * True when a name exists, or may: in a file that cannot be read. `erp.createOrder` may exist when
 * the document of `erp` cannot be read.
 */
export function mayExist(declared: Declared, name: string): boolean {
  if (declared.names.has(name) || declared.partial || declared.unreadable.has(name)) return true;
  const [owner = ""] = name.split(".");
  return declared.unreadable.has(owner);
}

/** Keys of the maps below that stand under one of these keys. */
function* namedBelow(
  node: YamlNode,
  under: ReadonlySet<string>,
): Generator<readonly [string, SourceRef], void> {
  if (node.kind === "list") for (const item of node.items) yield* namedBelow(item, under);
  if (node.kind !== "map") return;
  for (const { key, value } of node.entries) {
    if (under.has(key)) yield* keysOf(value);
    yield* namedBelow(value, under);
  }
}
