import { isDict, setKey } from "../value/basic.ts";
import { Callable, isCallable } from "../value/callable.ts";
import { fail } from "../value/fault.ts";
import { isList } from "../value/sequence.ts";
import { copy } from "../value/text.ts";
import type { TransformAst } from "../syntax/ast.ts";
import { signature } from "../builtin/reference.ts";
import type { Frame } from "./frame.ts";
import { perItem } from "./node.ts";
import type { Node, Surroundings } from "./node.ts";
import { variable } from "./variable.ts";

const sign = signature("<(oa):o>");

interface Parts {
  readonly pattern: Node;
  readonly update: Node;
  readonly remove: Node | undefined;
  readonly ast: TransformAst;
}

/** `|pattern|update, delete|`: a function that gives a changed copy. */
export function transform(ast: TransformAst, around: Surroundings): Node {
  const scope = perItem(around);
  const parts: Parts = {
    pattern: around.compile(ast.pattern, scope),
    update: around.compile(ast.update, scope),
    remove: ast.delete === undefined ? undefined : around.compile(ast.delete, scope),
    ast,
  };
  const cloner = variable({ type: "variable", value: "clone" }, { ...around, strict: false });
  return (input, frame) =>
    new Callable(1, (args, context) => {
      const [value] = sign.validate(args, context);
      if (value === undefined) return undefined;
      if (!isCallable(cloner(input, frame))) fail("T2013", { position: ast.position });
      return change(value, frame, parts);
    });
}

function change(value: unknown, frame: Frame, parts: Parts): unknown {
  const made = new Set<object>();
  const result = copy(value, made);
  const matches = parts.pattern(result, frame);
  for (const match of isList(matches) ? matches : [matches]) {
    if (matches === undefined) break;
    const update = parts.update(match, frame);
    if (update !== undefined) merge(match, update, made, parts.ast);
    const names = parts.remove?.(match, frame);
    if (names !== undefined) drop(match, names, made, parts.ast);
  }
  return result;
}

function merge(match: unknown, update: unknown, made: Set<object>, ast: TransformAst): void {
  if (!isDict(update)) fail("T2011", { value: update, position: ast.update.position });
  const keys = Object.keys(update);
  if (keys.length === 0) return;
  // A pattern may name what is outside the copy, such as `$$`: the input is never written to.
  if (typeof match !== "object" || match === null || !made.has(match)) {
    fail("transform-outside", { position: ast.position });
  }
  for (const key of keys) setKey(match as Record<string, unknown>, key, update[key]);
}

function drop(match: unknown, names: unknown, made: Set<object>, ast: TransformAst): void {
  const list: readonly unknown[] = isList(names) ? names : [names];
  if (!list.every((name) => typeof name === "string")) {
    fail("T2012", { value: names, position: ast.delete?.position });
  }
  if (typeof match !== "object" || match === null) return;
  if (!made.has(match)) fail("transform-outside", { position: ast.position });
  for (const name of list) Reflect.deleteProperty(match, name);
}
