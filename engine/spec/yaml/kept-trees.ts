import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Kept } from "../../model/kept.ts";
import type { ListNode, MapNode, ScalarNode, ScalarStyle, YamlNode } from "./node.ts";
import { scalarPlace } from "./scalar-place.ts";
import type { SourceText } from "./source-text.ts";

/**
 * Trees of texts that were read before, kept by whoever has a disk. Only texts without any finding
 * are kept: whatever is to be said of a text, the parser says.
 */
export type KeptTrees = Kept<PackedNode>;

/** Line, column and length. */
export type PackedRef = readonly [number, number, number];

/** A node as JSON, without what its text says. */
export type PackedNode =
  | readonly [
      0,
      PackedRef,
      value: ScalarNode["value"],
      text: string,
      start: number,
      end: number,
      ScalarStyle,
    ]
  | readonly [1, PackedRef, readonly PackedNode[]]
  | readonly [2, PackedRef, readonly (readonly [key: string, PackedRef, PackedNode])[]];

export function packTree(node: YamlNode): PackedNode {
  const at = packRef(node.at);
  if (node.kind === "list") return [1, at, node.items.map(packTree)];
  if (node.kind === "map") {
    return [
      2,
      at,
      node.entries.map(({ key, keyAt, value }) => [key, packRef(keyAt), packTree(value)]),
    ];
  }
  const { start, end, style } = node.written;
  return [0, at, node.value, node.text, start, end, style];
}

export function unpackTree(source: SourceText, packed: PackedNode): YamlNode {
  const ref = (packedRef: PackedRef): SourceRef => unpackRef(source.file, packedRef);
  const list = (at: PackedRef, items: readonly PackedNode[]): ListNode => {
    return { kind: "list", items: items.map(node), at: ref(at) };
  };
  const map = (
    at: PackedRef,
    entries: Extract<PackedNode, readonly [2, ...unknown[]]>[2],
  ): MapNode => ({
    kind: "map",
    entries: entries.map(([key, keyAt, value]) => ({ key, keyAt: ref(keyAt), value: node(value) })),
    at: ref(at),
  });
  const node = (one: PackedNode): YamlNode => {
    if (one[0] === 1) return list(one[1], one[2]);
    if (one[0] === 2) return map(one[1], one[2]);
    const [, at, value, text, start, end, style] = one;
    const written = { start, end, style };
    const quoted = style !== "plain" && style !== "nothing";
    const place = scalarPlace(source, written, text);
    return { kind: "scalar", value, text, quoted, at: ref(at), place, written };
  };
  return node(packed);
}

export function unpackRef(file: string, [line, column, length]: PackedRef): SourceRef {
  return { file, line, column, length };
}

export function packRef({ line, column, length }: SourceRef): PackedRef {
  return [line, column, length];
}
