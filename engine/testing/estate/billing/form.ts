import type { Json, JsonObject } from "../../../model/json.ts";

type Node = Map<string, Node | string>;

/** Decodes `a[b][0][c]=v`: brackets with numbers or nothing make lists, others objects. */
export function decodeForm(text: string): JsonObject {
  const root: Node = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    const keys = [...name.matchAll(/^[^[]+|\[([^\]]*)\]/g)].map((match) => match[1] ?? match[0]);
    place(root, keys, value);
  }
  return Object.fromEntries([...root].map(([key, node]) => [key, valueOf(node)]));
}

function place(node: Node, keys: readonly string[], value: string): void {
  const [first = "", ...rest] = keys;
  const key = first === "" ? String(node.size) : first;
  if (rest.length === 0) {
    node.set(key, value);
    return;
  }
  const child = node.get(key);
  const inner: Node = child instanceof Map ? child : new Map();
  node.set(key, inner);
  place(inner, rest, value);
}

function valueOf(node: Node | string): Json {
  if (typeof node === "string") return node;
  const entries = [...node].map(([key, child]) => [key, valueOf(child)] as const);
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
