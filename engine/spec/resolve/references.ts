import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { closest, didYouMean, listWords, wordsNear } from "../../errors/did-you-mean.ts";
import type { ReferenceKind } from "../../model/field.ts";
import { adminRole } from "../../model/plan/rights.ts";
import { allDocuments, type SpecDocument } from "../documents/document.ts";
import type { FoundReference } from "../walk/walk.ts";
import { respelt } from "../walk/names.ts";
import { entriesOf, entryOf, textOf, valueOf } from "../yaml/node.ts";
import { resolveMappingTexts } from "./mapping-texts.ts";
import { type ReversedRole, reversedRoles, tellReversed } from "./reversed-roles.ts";
import { testedNames } from "./tested-names.ts";
import { type Declared, isLost, mayExist, type Names } from "./names.ts";

/** Findings for every name that leads nowhere. */
export function resolveReferences(names: Names): readonly Diagnostic[] {
  const reversed = reversedRoles(names);
  const inDocuments = allDocuments(names.documents).flatMap((document) =>
    document.walk
      .allSites()
      .flatMap((site) => site.references.flatMap((found) => resolve(names, document, found))),
  );
  const others = [...inDocuments, ...resolveRoles(names)].filter(
    ({ at }) => !reversed.some((one) => isOf(one, at)),
  );
  return [
    ...others,
    ...tellNoFlows(names),
    ...resolveTests(names),
    ...tellReversed(reversed),
    ...resolveMappingTexts(names),
    ...resolveContracts(names),
  ];
}

/** What is named in sluice.yaml would be told of word by word, where a folder is missing. */
function tellNoFlows(names: Names): readonly Diagnostic[] {
  const systems = entryOf(names.documents.workspace?.node, "systems");
  if (systems === undefined || !names.lacksFlows) return [];
  const [name = ""] = names.ofWorkspace("systems").names.keys();
  const message =
    "nothing stands under flows/, where these systems and their adapters would be declared";
  return [
    finding("reference/unknown-system", systems.keyAt, message, {
      help: `begin with flows/system/${name}.yaml: system: ${name}; "sluice new" makes a workspace that has all of it`,
    }),
  ];
}

const isOf = ({ entry: { keyAt, value } }: ReversedRole, at: SourceRef): boolean =>
  [keyAt, value.at, valueOf(value, "adapter")?.at].some(
    (place) => place !== undefined && placeText(place) === placeText(at),
  );

const placeText = ({ file, line, column }: SourceRef): string => `${file}:${line}:${column}`;

/** A contract stands beside its mapping. */
function resolveContracts(names: Names): readonly Diagnostic[] {
  return [...names.documents.contracts].flatMap(([name, { nameAt, name: given }]) => {
    // One that names another mapping than its path has a finding for that.
    if (mayExist(names.mappings, name) || given !== name) return [];
    const message = `there is no mappings/${name}.jsonata for this contract${didYouMean(name, names.mappings.names.keys())}`;
    return finding("reference/unknown-mapping", nameAt, message, {
      help: "write the mapping, or name the contract's file as its mapping is named",
    });
  });
}

/** The roles of sluice.yaml are keys, and name systems all the same. */
function resolveRoles(names: Names): readonly Diagnostic[] {
  const target = documentTarget(names, "system");
  const systems = valueOf(names.documents.workspace?.node, "systems");
  return entriesOf(systems).flatMap(({ key, keyAt }) =>
    target === undefined || mayExist(target.declared, key)
      ? []
      : [unknown(target, { name: key, at: keyAt })],
  );
}

/** What tests expect is named in texts: a slip there would look like a flow that does not work. */
function resolveTests(names: Names): readonly Diagnostic[] {
  return testedNames(names.documents).flatMap(({ to, name, at }): readonly Diagnostic[] => {
    if (to === "operation") {
      // What nobody plays is told where a flow calls it.
      const found = resolveOperation(names, { to, name, at, pointer: "" });
      return found.filter(({ code }) => code !== "reference/not-played");
    }
    const target = documentTarget(names, to);
    return target === undefined || mayExist(target.declared, name)
      ? []
      : [unknown(target, { name, at })];
  });
}

interface Target {
  readonly code: Code;
  readonly word: string;
  readonly declared: Declared;
  readonly help: string;
}

function resolve(
  names: Names,
  document: SpecDocument<unknown>,
  found: FoundReference,
): readonly Diagnostic[] {
  if (found.to === "operation") return resolveOperation(names, found);
  const target = targetOf(names, document, found.to);
  if (target === undefined || mayExist(target.declared, found.name)) return [];
  if (found.to === "role" && found.name === adminRole) return [];
  // A contract without its mapping has a finding of its own.
  if (found.to === "mapping" && names.documents.contracts.has(found.name)) return [];
  return [unknown(target, found)];
}

/** The sentence for a name that leads nowhere. */
export function unknown(
  target: Target,
  found: { readonly name: string; readonly at: SourceRef },
): Diagnostic {
  const candidates = [...target.declared.names.keys()];
  if (target.code === "reference/unknown-secret" && !/^[A-Z][A-Z0-9_]*$/.test(found.name)) {
    const own = secretIn(found.name, candidates);
    return finding(target.code, found.at, "a secret is named here, and this is no name of one", {
      help:
        own !== undefined
          ? `write ${own}: its name alone`
          : `${target.help} under a name such as ERP_TOKEN, and write the name; its value comes from the environment or a file`,
    });
  }
  const bare = bareName(found.name);
  const guess = didYouMean(bare, candidates);
  const meant = target.declared.names.has(bare) ? `. Did you mean "${bare}"?` : guess;
  const message = `unknown ${target.word} "${found.name}"${meant}`;
  return finding(target.code, found.at, message, {
    help: `${target.help}; ${wordsNear(bare, candidates)}`,
  });
}

/** The name in `$secret.ERP_TOKEN`, `${ERP_TOKEN}` or `erp-token`: what may be a secret itself is not told. */
function secretIn(text: string, names: readonly string[]): string | undefined {
  const [, read] = /\$secret\.(\w+)/.exec(text) ?? [];
  const bare = text.replaceAll(/[${} ]|\benv\./g, "");
  return read ?? names.find((name) => name === bare || name === respelt(bare, /^[A-Z][A-Z0-9_]*$/));
}

/** A name that was written as the path of its file. */
const bareName = (name: string): string =>
  name
    .replace(/^(?:\.\/)?(?:mappings|schemas|flows)\//, "")
    .replace(/^(?:system|process|experience)\//, "")
    .replace(/\.(?:jsonata|ya?ml|json)$/, "");

function targetOf(
  names: Names,
  document: SpecDocument<unknown>,
  to: ReferenceKind,
): Target | undefined {
  const inWorkspace = (word: string, key: "teams" | "roles" | "secrets", code: Code): Target => ({
    code,
    word,
    declared: names.ofWorkspace(key),
    help: `declare it under ${key} in sluice.yaml`,
  });
  const inFile = (word: string, key: string, code: Code): Target => ({
    code,
    word,
    declared: names.inDocument(document, key),
    help: `declare it under ${key} of this adapter`,
  });
  switch (to) {
    case "team":
      return inWorkspace("team", "teams", "reference/unknown-team");
    case "role":
      return inWorkspace("role", "roles", "reference/unknown-role");
    case "secret":
      return inWorkspace("secret", "secrets", "reference/unknown-secret");
    case "policy":
      return {
        code: "reference/unknown-policy",
        word: "retry policy",
        declared: names.policies,
        help: "declare it under policies.retry in sluice.yaml",
      };
    case "lookup":
      return inFile("look-up", "lookups", "reference/unknown-lookup");
    case "template":
      return inFile("request template", "templates", "reference/unknown-template");
    default:
      return documentTarget(names, to);
  }
}

function documentTarget(names: Names, to: ReferenceKind): Target | undefined {
  const target = (code: Code, word: string, declared: Declared, help: string): Target => ({
    code,
    word,
    declared,
    help,
  });
  switch (to) {
    case "flow":
      return target("reference/unknown-flow", "flow", names.flows, "flows stand under flows/");
    case "system":
      return target(
        "reference/unknown-system",
        "system",
        names.systems,
        "a system is a document under flows/system that begins with system:",
      );
    case "adapter":
      return target(
        "reference/unknown-adapter",
        "adapter",
        names.adapters,
        "an adapter is a document under flows/system that begins with adapter:",
      );
    case "mapping":
      return target(
        "reference/unknown-mapping",
        "mapping",
        names.mappings,
        "name a .jsonata file by its path under mappings/",
      );
    case "schema":
      return target(
        "reference/unknown-schema",
        "schema",
        names.schemas,
        "name a schema by its path under schemas/",
      );
    case "codes":
      return target("reference/unknown-codes", "code list", names.codes, codesHelp);
    case "event":
      return target(
        "reference/unknown-event",
        "event",
        names.events,
        "declare it under events of a system, or under emits of the flow that emits it",
      );
    case "webhook":
      return target(
        "reference/unknown-webhook",
        "webhook",
        names.ofAdapters("webhooks"),
        "name it <adapter>.<webhook>",
      );
    case "poll":
      return target(
        "reference/unknown-poll",
        "poll",
        names.ofAdapters("polls"),
        "name it <adapter>.<poll>",
      );
    default:
      return undefined;
  }
}

export const codesHelp = "a code list is a document under mappings/ that begins with codes:";

/** `<system>.<operation>`, which somebody must play, or an adapter's own `<adapter>.<operation>`. */
function resolveOperation(names: Names, found: FoundReference): readonly Diagnostic[] {
  const { systems, adapters } = names;
  const [owner = "", operation = ""] = found.name.split(/\.(.*)/s);
  const own = names.ofAdapters("operations");
  if (systems.names.has(owner)) {
    const contract = names.operations;
    if (!mayExist(contract, found.name)) {
      return [unknown(operationTarget(contract, owner), found)];
    }
    return notPlayed(names, owner, operation, found);
  }
  if (adapters.names.has(owner)) {
    return mayExist(own, found.name) ? [] : [unknown(operationTarget(own, owner), found)];
  }
  if ([systems, adapters].some((declared) => declared.partial || declared.unreadable.has(owner))) {
    return [];
  }
  // That there is no such system is told where it is played.
  if (names.lostSystems.has(owner)) return [];
  const all = new Map([...names.operations.names, ...own.names]);
  const declared = { names: all, partial: false, unreadable: new Set<string>() };
  const owners = [...systems.names.keys(), ...adapters.names.keys()];
  const [whole, other] = [...names.operations.names.keys()].filter((name) =>
    name.endsWith(`.${owner}`),
  );
  const meant =
    whole !== undefined && other === undefined && operation === ""
      ? `. Did you mean "${whole}"?`
      : didYouMean(found.name, declared.names.keys());
  const message = `unknown operation "${found.name}"${meant}`;
  return [
    finding("reference/unknown-operation", found.at, message, {
      help: `name it <system>.<operation>; systems and adapters are ${listWords(owners)}`,
    }),
  ];
}

function operationTarget(declared: Declared, owner: string): Target {
  const own = [...declared.names].filter(([name]) => name.startsWith(`${owner}.`));
  return {
    code: "reference/unknown-operation",
    word: "operation",
    declared: { ...declared, names: new Map(own) },
    help: `declare it under operations of "${owner}"`,
  };
}

/** Told where the player is to be named, once for all calls. */
function nobodyPlays(
  names: Names,
  system: string,
  { name, at }: FoundReference,
): readonly Diagnostic[] {
  const { documents } = names;
  if (reversedRoles(names).some((one) => one.system === system)) return [];
  const systems = entryOf(documents.workspace?.node, "systems");
  // A player that is no name, and systems that are no map, have their finding.
  if (systems?.value.kind !== "map" || entryOf(systems.value, system) !== undefined) return [];
  // Beside `systems`, for want of its indentation, it has a finding.
  if (entryOf(documents.workspace?.node, system) !== undefined) return [];
  // Misspelt there, it has its finding as a system that is unknown.
  const strange = entriesOf(systems.value).filter(({ key }) => !names.systems.names.has(key));
  if (strange.some(({ key }) => closest(key, [system]) !== undefined)) return [];
  return [
    finding("reference/not-played", systems.keyAt, `nobody plays "${system}", which is called`, {
      help: `name its adapter here: ${system}: <adapter>`,
      related: [{ at, message: `"${name}" is called here` }],
    }),
  ];
}

/** An operation of the adapter that its contract does not have, and that is nearly the one sought. */
function misspeltFor(
  { operations }: Names,
  sought: { readonly system: string; readonly operation: string; readonly own: Declared["names"] },
): readonly [name: string, at: SourceRef] | undefined {
  const free = [...sought.own].filter(
    ([name]) => !operations.names.has(`${sought.system}.${name}`),
  );
  return free.find(([name]) => closest(name, [sought.operation]) !== undefined);
}

function notPlayed(
  names: Names,
  system: string,
  operation: string,
  found: FoundReference,
): readonly Diagnostic[] {
  if (names.documents.workspace === undefined) return [];
  const players = names.playersOf(system);
  if (players.length === 0) return nobodyPlays(names, system, found);
  return players.flatMap((player) => {
    const adapter = names.documents.adapters.get(player);
    // One in another role than its own has a finding where it is named.
    if (adapter === undefined || textOf(valueOf(adapter.node, "plays")) !== system) return [];
    const own = names.inDocument(adapter, "operations").names;
    if (own.has(operation) || isLost(adapter, "operations")) return [];
    const [misspelt, at] = misspeltFor(names, { system, operation, own }) ?? [];
    if (misspelt !== undefined && at !== undefined) {
      const message = `"${misspelt}" is not in the contract of "${system}". Did you mean "${operation}"?`;
      return finding("reference/not-played", at, message, {
        related: [{ at: found.at, message: `"${found.name}" is called here` }],
      });
    }
    return finding(
      "reference/not-played",
      found.at,
      `adapter "${player}", which plays "${system}", has no operation "${operation}"`,
      {
        help: `add ${operation} under operations of "${player}"`,
        related: [{ at: adapter.nameAt, message: "the adapter stands here" }],
      },
    );
  });
}
