import type { SourceRef } from "../errors/diagnostic.ts";
import type { ReferenceKind } from "../model/field.ts";
import { resolveRef } from "../validation/index.ts";
import { allDocuments, type Documents } from "./documents/document.ts";
import { entriesOf, type YamlNode } from "./yaml/node.ts";

/** What may use something: a document of the workspace. */
export type UserKind = "workspace" | "flow" | "system" | "adapter" | "mapping" | "schema" | "test";

/** One place where something is named by what needs it. */
export interface Use {
  readonly to: ReferenceKind;
  readonly name: string;
  readonly at: SourceRef;
  readonly by: { readonly kind: UserKind; readonly name: string };
}

/** Every use of every flow, schema, mapping, operation, event and code list, by file and line. */
export function usesIn(documents: Documents): readonly Use[] {
  const named = allDocuments(documents).flatMap((document) => {
    const kind = document.kind === "codes" ? undefined : document.kind;
    if (kind === undefined) return [];
    const by = { kind, name: document.name };
    return document.walk
      .allSites()
      .flatMap((site) => [
        ...site.references.map(({ to, name, at }): Use => ({ to, name, at, by })),
        ...site.uses.flatMap(({ expression: { text }, at }) => codesIn(text, at, by)),
      ]);
  });
  const inMappings = [...documents.mappings.values()].flatMap(
    ({ name, expression: { text }, at }) => codesIn(text, at, { kind: "mapping", name }),
  );
  const inSchemas = [...documents.schemas.values()].flatMap(({ name, node }) =>
    refsIn(node).flatMap(({ ref, at }): readonly Use[] => {
      const target = resolveRef(ref, name, documents.schemas)?.name;
      return target === undefined || target === name
        ? []
        : [{ to: "schema", name: target, at, by: { kind: "schema", name } }];
    }),
  );
  return [...named, ...inMappings, ...inSchemas].toSorted(
    (a, b) =>
      compareText(a.at.file, b.at.file) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}

/** Everything that has a name and may be used, by kind. */
export function namesIn(documents: Documents): ReadonlyMap<ReferenceKind, ReadonlySet<string>> {
  const qualified = (member: "operations" | "events") =>
    [...documents.systems.values()].flatMap(({ name, plan }) =>
      Object.keys(plan[member] ?? {}).map((own) => `${name}.${own}`),
    );
  const emitted = [...documents.flows.values()].flatMap(({ plan }) =>
    Object.keys(plan.emits ?? {}),
  );
  return new Map<ReferenceKind, ReadonlySet<string>>([
    ["flow", new Set(documents.flows.keys())],
    ["system", new Set(documents.systems.keys())],
    ["adapter", new Set(documents.adapters.keys())],
    ["operation", new Set(qualified("operations"))],
    ["event", new Set([...qualified("events"), ...emitted])],
    ["mapping", new Set(documents.mappings.keys())],
    ["schema", new Set(documents.schemas.keys())],
    ["codes", new Set(documents.codes.keys())],
  ]);
}

function codesIn(text: string, at: SourceRef, by: Use["by"]): readonly Use[] {
  const found = [...text.matchAll(/\$(?:code|hasCode)\(\s*(['"])([\w-]+)\1/g)];
  return found.map(([, , name = ""], index): Use => {
    const before = text.slice(0, found[index]?.index).split("\n");
    const line = at.line + before.length - 1;
    return { to: "codes", name, at: { ...at, line }, by };
  });
}

/** All `$ref`s to other files, where they stand. */
function refsIn(node: YamlNode): readonly { readonly ref: string; readonly at: SourceRef }[] {
  if (node.kind === "list") return node.items.flatMap(refsIn);
  return entriesOf(node).flatMap(({ key, value }) =>
    key === "$ref" && value.kind === "scalar" && !value.text.startsWith("#")
      ? [{ ref: value.text, at: value.at }]
      : refsIn(value),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
