import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Analysis } from "../../mapping/index.ts";
import { allDocuments } from "../documents/document.ts";
import { entriesOf, entryOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const unknownEntity: Rule = {
  code: "reference/unknown-entity",
  docs: "The crosswalk knows the ids that operations `link`. Asked for an entity that none of them links, it finds nothing, for every message.",
  wrong: "$xref('custmer', 'erp', customerId)",
  right: "$xref('customer', 'erp', customerId)",
  check(workspace, report) {
    const linked = linkedEntities(workspace);
    // Where nothing is linked, all ids come from elsewhere.
    if (linked.size === 0) return;
    for (const { entity, at } of askedEntities(workspace)) {
      if (linked.has(entity)) continue;
      report(at, `nothing links the entity "${entity}"${didYouMean(entity, linked)}`, {
        help: `operations link ${listWords([...linked].toSorted())}; an operation links its own by link: { entity: ${entity}, … }`,
      });
    }
  },
};

/** Entities under `link` of any operation, adapters at rest included. */
function linkedEntities({ documents }: Workspace): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { node } of allDocuments(documents)) gather(node, found);
  return found;
}

function gather(node: YamlNode, found: Set<string>): void {
  if (node.kind === "scalar") return;
  if (node.kind === "list") {
    for (const item of node.items) gather(item, found);
    return;
  }
  const link = entryOf(node, "link")?.value;
  const links = link?.kind === "list" ? link.items : [link];
  for (const one of links) {
    const entity = textOf(valueOf(one, "entity"));
    if (entity !== undefined) found.add(entity);
  }
  for (const { value } of entriesOf(node)) gather(value, found);
}

function askedEntities({
  documents,
}: Workspace): readonly { readonly entity: string; readonly at: SourceRef }[] {
  const uses = allDocuments(documents).flatMap(({ walk }) =>
    walk.allSites().flatMap((site) => site.uses.map(({ analysis }) => analysis)),
  );
  const all: readonly (Analysis | undefined)[] = [
    ...uses,
    ...[...documents.mappings.values()].map(({ analysis }) => analysis),
  ];
  return all.flatMap((analysis) =>
    (analysis?.crosswalks ?? []).flatMap(({ entity, at }) =>
      entity === undefined ? [] : [{ entity, at }],
    ),
  );
}
