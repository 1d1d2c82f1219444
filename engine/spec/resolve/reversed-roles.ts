import { finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { entriesOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import type { Names } from "./names.ts";

/** `systems: { tryton: erp }`, where `erp: tryton` is meant: an adapter stands for its role. */
export interface ReversedRole {
  readonly entry: MapEntry;
  readonly adapter: string;
  readonly system: string;
}

/** Entries of `systems` that stand the wrong way round. */
export function reversedRoles({ documents }: Names): readonly ReversedRole[] {
  return entriesOf(valueOf(documents.workspace?.node, "systems")).flatMap((entry) => {
    const { key: adapter, value } = entry;
    const system = textOf(value) ?? textOf(valueOf(value, "adapter"));
    if (system === undefined || documents.systems.has(adapter) || documents.adapters.has(system)) {
      return [];
    }
    return documents.adapters.has(adapter) && documents.systems.has(system)
      ? [{ entry, adapter, system }]
      : [];
  });
}

/** One finding for all that stand so: whoever turns one round turns all. */
export function tellReversed(reversed: readonly ReversedRole[]): readonly Diagnostic[] {
  const [first, ...others] = reversed;
  if (first === undefined) return [];
  const { entry, adapter, system } = first;
  const message = `"${adapter}" is an adapter, and "${system}" the system that it plays: they stand the wrong way round`;
  return [
    finding("reference/unknown-system", entry.keyAt, message, {
      help: `write ${[first, ...others].map((one) => `${one.system}: ${one.adapter}`).join(", ")}`,
      related: others.map(({ entry: { keyAt } }) => ({ at: keyAt, message: "so does this" })),
    }),
  ];
}
