/** What a file of the workspace is, by its path alone. */
export type FileKind = "workspace" | "test" | "flows" | "jsonata" | "mappings" | "schema";

const kinds: readonly (readonly [FileKind, RegExp])[] = [
  ["workspace", /^sluice\.yaml$/],
  ["test", /^flows\/.*\.test\.ya?ml$/],
  ["flows", /^flows\/.*\.ya?ml$/],
  ["jsonata", /^mappings\/.*\.jsonata$/],
  ["mappings", /^mappings\/.*\.ya?ml$/],
  ["schema", /^schemas\/(?!spec\/).*\.(?:ya?ml|json)$/],
];

/** `undefined` for files that are none of the compiler's business. */
export function classify(path: string): FileKind | undefined {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0];
}

/** `mappings/tryton/order-out.jsonata` → `tryton/order-out`. */
export function nameOfPath(path: string): string {
  return path.replace(/^[^/]+\//, "").replace(/\.(?:ya?ml|json|jsonata)$/, "");
}
