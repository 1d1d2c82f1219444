import { isPlain } from "../compile/path.ts";
import type { Ast, PathAst } from "../syntax/ast.ts";
import { children } from "../syntax/walk.ts";
import { apart } from "./scope.ts";
import type { Emit, Scope } from "./scope.ts";

/**
 * Reads what is the same for all items before a loop over them: names behind a variable that the loop
 * does not bind. Such a read has no other effect and cannot fail, unless the expression is strict.
 */
export function emitHoisted(body: Ast, scope: Scope, emit: Emit, emitLoop: () => void): void {
  const made = scope.around.strict ? [] : hoist(body, scope, emit);
  try {
    emitLoop();
  } finally {
    for (const path of made) scope.program.hoisted.delete(path);
  }
}

function hoist(body: Ast, scope: Scope, emit: Emit): readonly PathAst[] {
  const { hoisted } = scope.program;
  const own = boundWithin(body);
  const made: PathAst[] = [];
  for (const path of pathsIn(body)) {
    const [lead] = path.steps;
    if (lead?.type !== "variable" || lead.value === "" || own.has(lead.value)) continue;
    if (hoisted.has(path)) continue;
    const same = made.find((other) => isSame(other, path));
    const value = same === undefined ? emit(path, apart(scope)) : hoisted.get(same);
    if (value === undefined) continue;
    hoisted.set(path, value);
    made.push(path);
  }
  return made;
}

function isSame(left: PathAst, right: PathAst): boolean {
  return (
    left.steps.length === right.steps.length &&
    left.steps.every((step, index) => {
      const other = right.steps[index];
      return other?.type === step.type && "value" in step && "value" in other
        ? step.value === other.value
        : false;
    })
  );
}

function pathsIn(node: Ast): PathAst[] {
  if (node.type === "path" && isPlain(node) && node.steps.length > 1 && node.keepArray !== true) {
    return [node];
  }
  return children(node).flatMap(pathsIn);
}

/** Names that are bound somewhere within: by `:=`, as parameters, or for tuples. */
function boundWithin(node: Ast, found = new Set<string>()): ReadonlySet<string> {
  if (node.type === "bind") found.add(node.lhs.value);
  if (node.type === "lambda") for (const { value } of node.arguments) found.add(value);
  if (node.focus !== undefined) found.add(node.focus);
  if (node.index !== undefined) found.add(node.index);
  for (const stage of node.stages ?? []) if (stage.type === "index") found.add(stage.value);
  for (const child of children(node)) boundWithin(child, found);
  return found;
}
