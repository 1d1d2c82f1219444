import { didYouMean } from "../../errors/did-you-mean.ts";
import type { Root } from "../../model/expression.ts";
import { compileDocument } from "../walk/value.ts";
import { type Looking, Walk } from "../walk/walk.ts";
import { describe } from "../walk/names.ts";
import { respelled } from "../walk/meant-key.ts";
import { putRight } from "../walk/wrong-depth.ts";
import { type MapEntry, type MapNode, textOf, type YamlNode } from "../yaml/node.ts";
import { documentFields } from "../editor-schema.ts";
import type { FileKind } from "./classify.ts";
import type { DocumentKind, SpecDocument } from "./document.ts";
import { completeFlow } from "./read-flow.ts";

/** What flows may name everywhere; further roots come with the fields. */
const flowRoots: readonly Root[] = ["message", "steps", "state", "run", "env"];

/** The kinds of document that may stand where a file stands. */
const kindsOf: Readonly<Record<Exclude<FileKind, "jsonata" | "schema">, readonly DocumentKind[]>> =
  {
    workspace: ["workspace"],
    test: ["test"],
    flows: ["flow", "system", "adapter"],
    mappings: ["mapping", "codes"],
  };

export type YamlFileKind = keyof typeof kindsOf;

interface Read {
  readonly document?: SpecDocument<Record<string, unknown>>;
  readonly walk: Walk;
}

/** A document of any kind; `undefined` when it does not say which. */
export function readDocument(
  file: string,
  fileKind: YamlFileKind,
  root: YamlNode | undefined,
  looking: Looking,
): Read {
  const walk = new Walk(file, looking);
  const kinds = kindsOf[fileKind];
  if (root?.kind !== "map" || root.entries.length === 0) {
    const given = root === undefined ? "nothing" : describe(root);
    const at = root?.at ?? { file, line: 1, column: 1, length: 1 };
    walk.flaw("spec/unknown-document", at, `the file holds ${given}; expected ${opening(kinds)}`);
    return { walk };
  }
  const found = findKind(root, kinds, walk);
  if (found === undefined) return { walk };
  const { kind, entry } = found;
  const name = textOf(entry.value) ?? "";
  const roots = kind === "flow" ? flowRoots : [];
  const compiled = compileDocument(documentFields[kind], root, walk, roots);
  if (walk.misplaced.length > 0) {
    // Read as it is meant, so that nothing more is told of what is only indented too far.
    const meant = readDocument(file, fileKind, putRight(root, walk.misplaced), looking);
    for (const { diagnostic } of walk.misplaced) meant.walk.refuse(diagnostic);
    return meant;
  }
  if (walk.misspelt.length > 0) {
    // Read by the keys that were meant, so that what stands below them is looked at, too.
    const meant = readDocument(file, fileKind, respelled(root, walk.misspelt), looking);
    meant.walk.diagnostics.push(...walk.misspelt.map(({ diagnostic }) => diagnostic));
    return meant;
  }
  const plan = kind === "flow" ? completeFlow(compiled, name, root, walk) : { ...compiled, name };
  const document = {
    kind,
    file,
    name,
    nameAt: entry.value.at,
    node: root,
    plan: plan as Record<string, unknown>,
    walk,
  };
  return { document, walk };
}

function opening(kinds: readonly DocumentKind[]): string {
  return `a first line such as ${kinds.map((kind) => `"${kind}: …"`).join(" or ")}`;
}

/** Where a document stands of which this is the beginning, when it is of another kind. */
function folderOf({ entries: [first, ...others] }: MapNode): string | undefined {
  const key = first?.key ?? "";
  if (kindsOf.flows.some((kind) => kind === key)) return "flows/";
  if (kindsOf.mappings.some((kind) => kind === key)) return "mappings/";
  const isSchema = key === "type" && others.some((entry) => entry.key === "properties");
  return key === "$schema" || isSchema ? "schemas/" : undefined;
}

function findKind(
  root: MapNode,
  kinds: readonly DocumentKind[],
  walk: Walk,
): { readonly kind: DocumentKind; readonly entry: MapEntry } | undefined {
  const [first] = root.entries;
  for (const entry of root.entries) {
    const kind = kinds.find((one) => one === entry.key);
    if (kind === undefined) continue;
    if (entry !== first) {
      const message = `"${kind}" says what the file is, so it stands first`;
      walk.flaw("spec/unknown-document", entry.keyAt, message, {
        help: `move "${kind}: ${textOf(entry.value) ?? "…"}" to the first line`,
      });
    }
    return { kind, entry };
  }
  const key = first?.key ?? "";
  const at = first?.keyAt ?? root.at;
  const folder = folderOf(root);
  if (folder !== undefined) {
    const message = `"${key}" begins what stands under ${folder}, and is not read here`;
    walk.flaw("spec/unknown-document", at, message, { help: `move the file below ${folder}` });
    return undefined;
  }
  const message = `"${key}" does not say what the file is${didYouMean(key, kinds)}`;
  walk.flaw("spec/unknown-document", at, message, { help: `begin with ${opening(kinds)}` });
  return undefined;
}

/** What a file that cannot be read declares, by its first line. */
export function guessDocument(
  text: string,
): { readonly kind: DocumentKind; readonly name: string } | undefined {
  const pattern = /^(workspace|flow|system|adapter|mapping|codes|test):[ \t]*["']?([\w./@-]+)/m;
  const [, kind, name] = pattern.exec(text) ?? [];
  const known = Object.keys(documentFields).find((one) => one === kind);
  if (known === undefined || name === undefined) return undefined;
  return { kind: known as DocumentKind, name };
}
