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

/** `flows/order.YAML` → `flows/order.yaml`: what a file must be called to be read, where it is nearly so. */
export function misnamed(path: string): string | undefined {
  if (classify(path) !== undefined) return undefined;
  const meant = path.replace(/(\.(?:ya?ml|json|jsonata))(?:\.txt)?$/i, (_, end: string) =>
    end.toLowerCase(),
  );
  return meant !== path && classify(meant) !== undefined ? meant : undefined;
}

/** `mappings/tryton/order-out.jsonata` → `tryton/order-out`. */
export function nameOfPath(path: string): string {
  return path.replace(/^[^/]+\//, "").replace(/\.(?:ya?ml|json|jsonata)$/, "");
}
