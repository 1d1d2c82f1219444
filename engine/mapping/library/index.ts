import type { FunctionDoc } from "../contract.ts";
import type { LibraryFunction } from "./entry.ts";

/** All functions of ours. */
export const library: readonly LibraryFunction[] = [];

/** For the reference page. */
export const functionDocs: readonly FunctionDoc[] = library.map(
  ({ name, signature, docs, example }) => ({ name, signature, docs, example }),
);
