import { createRequire } from "node:module";

const load = createRequire(import.meta.url);
const asked: (() => unknown)[] = [];

/**
 * A package that is loaded when the result is first called, or by `loadLate`: a start does not wait
 * for what it does not need. `Package` is what the package is, by a type-only import of it.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of the package
export function late<Package>(name: string): () => Package {
  let loaded: { readonly it: Package } | undefined;
  const get = (): Package => (loaded ??= { it: load(name) as Package }).it;
  asked.push(get);
  return get;
}

/** Loads them all: what is on disk may be another version later on. */
export function loadLate(): void {
  for (const get of asked) get();
}
