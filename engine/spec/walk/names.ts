import type { YamlNode } from "../yaml/node.ts";

/** `on-error` in YAML, `onError` in the plan. */
export function camelCase(key: string): string {
  return key.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a value is, in the words of people who write YAML. */
export function describe(node: YamlNode): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `the text "${shorten(node.value)}"`;
  if (typeof node.value === "number") return `the number ${node.text}`;
  return node.text;
}

export function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
