import { finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import { allDocuments } from "../documents/document.ts";
import type { ScalarNode, YamlNode } from "../yaml/node.ts";
import type { Names } from "./names.ts";

/** `body: shop/order-out`, where `body: { map: shop/order-out }` is meant: the very name would be sent. */
export function resolveMappingTexts({ documents }: Names): readonly Diagnostic[] {
  return allDocuments(documents).flatMap(({ kind, node, walk }) => {
    if ((kind !== "adapter" && kind !== "flow") || !walk.sound) return [];
    const texts = scalarsIn(node).filter(
      ({ scalar: { text }, key }) =>
        key !== "map" && text.includes("/") && documents.mappings.has(text),
    );
    if (texts.length === 0) return [];
    const named = new Set(
      walk.allSites().flatMap(({ references }) => references.map(({ at }) => placeText(at))),
    );
    return texts.flatMap(({ scalar: { text, at }, key }) => {
      if (named.has(placeText(at))) return [];
      const help = key === "mapping" ? `write map: ${text}` : `write { map: ${text} }`;
      const message = `the name of the mapping "${text}" is a text here, and would be taken as it is`;
      return finding("spec/bare-expression", at, message, { help });
    });
  });
}

const placeText = ({ line, column }: SourceRef): string => `${line}:${column}`;

interface KeyedScalar {
  readonly scalar: ScalarNode;
  readonly key: string;
}

function scalarsIn(node: YamlNode, key = ""): readonly KeyedScalar[] {
  if (node.kind === "scalar") return [{ scalar: node, key }];
  if (node.kind === "list") return node.items.flatMap((item) => scalarsIn(item, key));
  return node.entries.flatMap((entry) => scalarsIn(entry.value, entry.key));
}
