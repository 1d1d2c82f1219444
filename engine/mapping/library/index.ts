import { JsonTooDeep, parseJson } from "../../model/parse-json.ts";
import type { FunctionDoc } from "../contract.ts";
import { spend } from "../value/run.ts";
import { refuse, shown, text } from "./argument.ts";
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
    name: "parseJson",
    signature: "$parseJson(text)",
    docs: "The value that a JSON text holds, for documents that carry another as text, as queues and notifications do. A whole number beyond 2^53 becomes the text of its digits.",
    example: { expression: "$parseJson('{\"id\":7}').id", value: 7 },
    arity: 1,
    checks: "<x:x>",
    run: ([text]) => parsed(text),
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

function parsed(value: unknown): unknown {
  if (value === undefined) return undefined;
  const given = text(value, "parseJson", "JSON");
  spend(given.length >> 2);
  try {
    return parseJson(given);
  } catch (error) {
    const why = error instanceof JsonTooDeep ? `: ${error.message}` : "";
    return refuse(`$parseJson cannot read ${shown(given)} as JSON${why}`);
  }
}

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
