import { plainVariable } from "../compile/function.ts";
import { staticBuiltin } from "../compile/variable.ts";
import type { Ast } from "../syntax/ast.ts";
import type { Names, Scope } from "./scope.ts";

/** A variable of the expression by this name, wherever it may be bound. */
export function isVariable(name: string, names: Names | undefined): boolean {
  return names !== undefined && (names.bindings.has(name) || isVariable(name, names.outer));
}

/** Name of the built-in that a call certainly means. */
export function certain(procedure: Ast, { around, names }: Scope): string | undefined {
  if (procedure.type !== "variable" || !plainVariable(procedure)) return undefined;
  if (isVariable(procedure.value, names)) return undefined;
  return staticBuiltin(procedure.value, around) === undefined ? undefined : procedure.value;
}
