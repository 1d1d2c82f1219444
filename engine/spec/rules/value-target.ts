import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import { pointerSegments, type SchemaView } from "../../validation/index.ts";
import type { BareKey } from "../../mapping/index.ts";
import type { MappingDocument } from "../documents/document.ts";
import { SourceText } from "../yaml/source-text.ts";
import type { Report, Rule } from "./rule.ts";

export const valueUnknownTarget: Rule = {
  code: "value/unknown-target",
  docs: "What a mapping makes under a name that its target does not have is refused when the first message comes, or is dropped by the vendor without a word.",
  wrong: '{ "curency": currency }  # to: canonical/order@1',
  right: '{ "currency": currency }',
  check(workspace, report) {
    for (const { mapping, to, view } of workspace.targetedMappings()) {
      const text = workspace.documents.files[mapping.file] ?? "";
      checkMapping(mapping, { to, view, source: new SourceText(mapping.file, text) }, report);
    }
  },
};

interface Target {
  readonly to: string;
  readonly view: SchemaView;
  readonly source: SourceText;
}

function checkMapping(mapping: MappingDocument, target: Target, report: Report): void {
  for (const { name, at } of meantAsNames(mapping, target.view)) {
    const message = `the name of this member is read from the input: ${name} is no text here`;
    report(at, message, { help: `write "${name}" in quotes` });
  }
  const told = new Set<string>();
  for (const { target: pointer } of mapping.analysis?.lineage ?? []) {
    const miss = missOf(target.view, pointerSegments(pointer));
    if (miss === undefined || told.has(miss.path)) continue;
    told.add(miss.path);
    const { name, candidates } = miss;
    const message = `"${name}" is not in the schema ${target.to}${didYouMean(name, candidates)}`;
    report(placeOf(target.source, name) ?? mapping.at, message, {
      help: `it has ${listWords(candidates)}`,
    });
  }
}

/** Members whose names are read from the input, and are names of the target. */
export function meantAsNames(
  { analysis }: MappingDocument,
  target: SchemaView,
): readonly BareKey[] {
  const bare = analysis?.bareKeys ?? [];
  const described = bare.length === 0 ? new Set() : namesIn(target);
  return bare.filter(({ name }) => described.has(name));
}

/** Every name that a schema describes, at any depth. */
function namesIn(view: SchemaView, depth = 8): ReadonlySet<string> {
  if (depth === 0) return new Set();
  const inner = [view.items, ...view.properties.map((name) => view.property(name))];
  const below = inner.flatMap((one) => (one === undefined ? [] : [...namesIn(one, depth - 1)]));
  return new Set([...view.properties, ...below]);
}

interface Miss {
  readonly path: string;
  readonly name: string;
  readonly candidates: readonly string[];
}

/** The first name of a target path that a closed part of the schema does not have. */
function missOf(view: SchemaView, segments: readonly string[]): Miss | undefined {
  let here: SchemaView | undefined = view;
  for (const [index, segment] of segments.entries()) {
    if (here === undefined) return undefined;
    if (segment === "[]") {
      here = here.items;
      continue;
    }
    // A name that is only known when a message comes.
    if (segment === "?") return undefined;
    const next: SchemaView | undefined = here.property(segment);
    // Required and not described: that is the schema's finding.
    if (next === undefined && here.requires(segment)) return undefined;
    if (next === undefined && here.properties.length > 0 && !here.isOpen) {
      const path = segments.slice(0, index + 1).join("/");
      return { path, name: segment, candidates: here.properties };
    }
    here = next;
  }
  return undefined;
}

/** Where the key is written. */
function placeOf(source: SourceText, name: string): SourceRef | undefined {
  for (const quoted of [JSON.stringify(name), `'${name}'`]) {
    const start = source.text.search(
      new RegExp(`${quoted.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}\\s*:`),
    );
    if (start >= 0) return source.ref(start, start + quoted.length);
  }
  return undefined;
}
