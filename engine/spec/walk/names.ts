import type { YamlNode } from "../yaml/node.ts";

/** `on-error` in YAML, `onError` in the plan. */
export function camelCase(key: string): string {
  return key.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A name spelt as the pattern wants it: `create-order` as `createOrder`, `erp-token` as `ERP_TOKEN`. */
export function respelt(text: string, pattern: RegExp): string | undefined {
  if (!/^[\w -]+$/.test(text)) return undefined;
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const kebab = words.join("-");
  return [kebab, camelCase(kebab), words.join("_").toUpperCase()].find((one) => pattern.test(one));
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
