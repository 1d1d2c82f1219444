import type { SourceRef } from "../../errors/diagnostic.ts";
import { pointerSegments } from "../../validation/index.ts";

/** Where the characters of a scalar's value stand in its file. */
export interface Place {
  readonly file: string;
  /** The place of `length` characters from `offset` of the value. */
  ref(offset: number, length: number): SourceRef;
}

/** YAML as the compiler sees it: aliases resolved, every node with its place. */
export type YamlNode = ScalarNode | ListNode | MapNode;

/** How a scalar is written; `nothing` for one that is not there. */
export type ScalarStyle = "plain" | "single" | "double" | "block" | "nothing";

/** Where a scalar stands in its text, and how. */
export interface Written {
  readonly start: number;
  readonly end: number;
  readonly style: ScalarStyle;
}

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The value as the author wrote it, without quotes: `1.10` stays `1.10`. */
  readonly text: string;
  readonly quoted: boolean;
  /** Stands for something that has its finding already. */
  readonly broken?: boolean;
  readonly at: SourceRef;
  readonly place: Place;
  readonly written: Written;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly at: SourceRef;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
  readonly at: SourceRef;
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: SourceRef;
  readonly value: YamlNode;
}

/** What to do about a key that is none: the rest of a text, or a key without a blank after its colon. */
export function keyHelp({ key, value }: MapEntry): string | undefined {
  if (value.kind !== "scalar" || value.value !== null) return undefined;
  // `{ description: one, two words }`
  const [, first, rest] = /^([a-z][\w-]*) +(\w+(?:[./@]\w+)+)$/.exec(key) ?? [];
  if (first !== undefined) return `a colon is missing, if ${first}: ${rest} is meant`;
  if (key.includes(" ")) return "inside { } a comma ends an unquoted text: put the text in quotes";
  // `{ event:crm.order.won }`
  const [, name] = /^([a-z][\w-]*):\S/.exec(key) ?? [];
  return name === undefined ? undefined : `a blank is missing after "${name}:"`;
}

/** The entry of a key, in a map. */
export function entryOf(node: YamlNode | undefined, key: string): MapEntry | undefined {
  if (node?.kind !== "map") return undefined;
  return node.entries.find((entry) => entry.key === key);
}

/** The value of a key, in a map. */
export function valueOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return entryOf(node, key)?.value;
}

/** The entry that a JSON pointer leads to, for its key's place. */
export function entryAt(root: YamlNode, pointer: string): MapEntry | undefined {
  let node: YamlNode | undefined = root;
  let entry: MapEntry | undefined;
  for (const segment of pointerSegments(pointer)) {
    if (node?.kind === "list") {
      entry = undefined;
      node = node.items[Number(segment)];
    } else {
      entry = entryOf(node, segment);
      node = entry?.value;
    }
  }
  return entry;
}

/** The text of a scalar. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? node.text : undefined;
}

/** The entries of a map; none for anything else. */
export function entriesOf(node: YamlNode | undefined): readonly MapEntry[] {
  return node?.kind === "map" ? node.entries : [];
}
