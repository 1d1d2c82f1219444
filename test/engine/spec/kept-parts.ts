import type { KeptParts } from "../../../engine/spec/index.ts";

/** What a disk would keep, through JSON. */
export function keptParts(): KeptParts & { readonly sizes: () => Record<string, number> } {
  const all = { trees: section(), schemas: section(), expressions: section(), examples: section() };
  const sizes = () =>
    Object.fromEntries(Object.entries(all).map(([name, { size }]) => [name, size()]));
  return { ...all, sizes };
}

function section() {
  const kept = new Map<string, string>();
  return {
    size: () => kept.size,
    has: (text: string) => kept.has(text),
    get: (text: string) => {
      const value = kept.get(text);
      return value === undefined ? undefined : (JSON.parse(value) as never);
    },
    set: (text: string, value: unknown): void => {
      kept.set(text, JSON.stringify(value));
    },
  };
}
