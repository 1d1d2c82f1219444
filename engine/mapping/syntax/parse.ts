import jsonata from "jsonata";
import { isFault } from "../value/fault.ts";
import type { Fault } from "../value/fault.ts";
import type { Ast } from "./ast.ts";
import { restoreCopies } from "./copies.ts";
import { unnested } from "./nesting.ts";

type Parsed = { readonly ast: Ast } | { readonly fault: Fault };

/** What was parsed, by text: the same paths stand in many flows, and texts outlive reloads. */
const known = new Map<string, Parsed>();
const knownMax = 5000;

/** Parses with jsonata's own parser. */
export function parse(text: string): Parsed {
  const before = known.get(text);
  if (before !== undefined) return before;
  // The oldest half goes: a full sweep would parse everything again at the next reload.
  if (known.size >= knownMax) {
    for (const old of [...known.keys()].slice(0, knownMax / 2)) known.delete(old);
  }
  const parsed = parseAnew(text);
  known.set(text, parsed);
  return parsed;
}

function parseAnew(text: string): Parsed {
  const flat = unnested(text);
  if ("tooLarge" in flat) {
    const { start, end } = flat.tooLarge;
    return {
      fault: { code: "too-many-copies", token: text.slice(start, end), span: [start, end] },
    };
  }
  try {
    const ast = jsonata(flat.text).ast() as unknown as Ast;
    if (/[/<]/.test(text) && /\?[?:]/.test(text)) restoreCopies(ast);
    return { ast };
  } catch (error) {
    if (isFault(error)) return { fault: error };
    // A pattern that JavaScript refuses, or text nested deeper than the parser's stack.
    const code = error instanceof RangeError ? "too-deep" : "bad-pattern";
    return { fault: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
