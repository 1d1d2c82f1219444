import { children } from "./walk.ts";
import { isCoalesce } from "./ast.ts";
import type { Ast, ConditionAst } from "./ast.ts";

/**
 * JSONata's parser copies the left side of `??` and `?:` as JSON, which has no word for a regular
 * expression or the checks of a signature: in the copy they are empty. Gives each copy those of its
 * original.
 */
export function restoreCopies(ast: Ast): void {
  if (ast.type === "condition") restoreIn(ast);
  for (const child of children(ast)) restoreCopies(child);
}

function restoreIn(ast: ConditionAst): void {
  const { condition, then } = ast;
  const copy =
    isCoalesce(ast) && condition.type === "function" ? condition.arguments[0] : condition;
  const original = then.type === "lambda" && then.thunk === true ? then.body : then;
  if (copy !== undefined) restore(copy, original);
}

function restore(copy: Ast, original: Ast): void {
  if (copy.type !== original.type || copy.position !== original.position) return;
  if (copy.type === "regex" && original.type === "regex" && !(copy.value instanceof RegExp)) {
    Object.assign(copy, { value: original.value });
  }
  if (copy.type === "lambda" && original.type === "lambda" && copy.signature !== undefined) {
    Object.assign(copy, { signature: original.signature });
  }
  const originals = children(original);
  for (const [index, child] of children(copy).entries()) {
    const other = originals[index];
    if (other !== undefined) restore(child, other);
  }
}
