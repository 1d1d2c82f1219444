import jsonata from "jsonata";
import { isFault } from "../value/fault.ts";
import type { Fault } from "../value/fault.ts";
import type { Ast } from "./ast.ts";

/** Parses with jsonata's own parser. */
export function parse(text: string): { readonly ast: Ast } | { readonly fault: Fault } {
  try {
    return { ast: jsonata(text).ast() as unknown as Ast };
  } catch (error) {
    if (isFault(error)) return { fault: error };
    // A pattern that JavaScript refuses, or text nested deeper than the parser's stack.
    const code = error instanceof RangeError ? "too-deep" : "bad-pattern";
    return { fault: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
