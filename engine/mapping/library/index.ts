import type { FunctionDoc } from "../contract.ts";
import { calendar } from "./calendar.ts";
import { decimals } from "./decimal.ts";
import type { LibraryFunction } from "./entry.ts";
import { instants } from "./instant.ts";
import { lookups } from "./lookups.ts";

const common: readonly LibraryFunction[] = [
  {
    name: "optional",
    signature: "$optional(path)",
    docs: "The value of a path that may be absent; then nothing, and the field it was for is left out.",
    example: { expression: "[$optional($message.data.note)]", value: [] },
    arity: 1,
    checks: "<x:x>",
    run: ([value]) => value,
  },
  {
    name: "startsWith",
    signature: "$startsWith(text, part)",
    docs: "True when a text begins with another.",
    example: { expression: "$startsWith('INV-2026-1', 'INV-')", value: true },
    arity: 2,
    checks: "<s-s:b>",
    run: ([text, part]) => tested(text, part, (a, b) => a.startsWith(b)),
  },
  {
    name: "endsWith",
    signature: "$endsWith(text, part)",
    docs: "True when a text ends with another.",
    example: { expression: "$endsWith('order.pdf', '.pdf')", value: true },
    arity: 2,
    checks: "<s-s:b>",
    run: ([text, part]) => tested(text, part, (a, b) => a.endsWith(b)),
  },
];

function tested(
  text: unknown,
  part: unknown,
  holds: (text: string, part: string) => boolean,
): boolean | undefined {
  return typeof text === "string" && typeof part === "string" ? holds(text, part) : undefined;
}

/** All functions of ours. */
export const library: readonly LibraryFunction[] = [
  ...decimals,
  ...calendar,
  ...instants,
  ...lookups,
  ...common,
];

/** For the reference page. */
export const functionDocs: readonly FunctionDoc[] = library.map(
  ({ name, signature, docs, example }) => ({ name, signature, docs, example }),
);
