import { isDict } from "../value/basic.ts";
import type { Dict } from "../value/basic.ts";
import { spend } from "../value/run.ts";
import { isList, normalise, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { PathAst } from "../syntax/ast.ts";
import { onNothing } from "./absence.ts";
import type { OnNothing } from "./absence.ts";
import { grouped } from "./group.ts";
import type { Node, Surroundings } from "./node.ts";
import { compileStep, nameStep } from "./step.ts";
import { tuplePath } from "./tuple.ts";

/** A location path. The commonest, names behind a variable or the context, has a form of its own. */
export function path(ast: PathAst, around: Surroundings): Node {
  const nothing = onNothing(ast, around);
  if (ast.steps.some((step) => step.tuple === true)) return tuplePath(ast, around);
  const evaluate = isPlain(ast) ? chain(ast, around, nothing) : general(ast, around, nothing);
  const keepArray = ast.keepArray === true;
  return (input, frame) => normalise(evaluate(input, frame), keepArray);
}

export function isPlain(ast: PathAst): boolean {
  if (ast.keepSingletonArray === true || ast.group !== undefined) return false;
  return ast.steps.every(
    (step, index) =>
      step.stages === undefined &&
      step.predicate === undefined &&
      step.group === undefined &&
      step.keepArray !== true &&
      (step.type === "name" || (index === 0 && step.type === "variable")),
  );
}

/** `$x.a.b` and `a.b`: walks objects directly and goes on by lists at the first list it meets. */
function chain(ast: PathAst, around: Surroundings, nothing: OnNothing | undefined): Node {
  const [first] = ast.steps;
  const start = first?.type === "variable" ? around.compile(first, around) : undefined;
  const offset = start === undefined ? 0 : 1;
  const keys = ast.steps.slice(offset).map((step) => (step.type === "name" ? step.value : ""));
  const follow = followNames(keys, (index, previous) => nothing?.(index + offset, previous));
  if (start === undefined) {
    return (input) => {
      spend(1);
      return isList(input)
        ? overItems(input, 0, keys, (index, previous) => nothing?.(index, previous))
        : follow(input);
    };
  }
  return (input, frame) => {
    spend(1);
    return follow(start(input, frame));
  };
}

/** Names that objects have without being given them, or that function values have. */
export const inherited = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "_arity",
  "_call",
  "_raw",
  "_takes",
  "_parameters",
  "_body",
  "_once",
  "_jsonata_function",
  "_detached",
  "_pattern",
]);

/** Reads a field of what is no list. Only for names that nothing inherits may the check be left out. */
function fieldOf(key: string): (value: unknown) => unknown {
  if (inherited.has(key)) {
    return (value) => (isDict(value) && Object.hasOwn(value, key) ? value[key] : undefined);
  }
  return (value) =>
    typeof value === "object" && value !== null ? (value as Dict)[key] : undefined;
}

function followNames(keys: readonly string[], nothing: OnNothing): (value: unknown) => unknown {
  const reads = keys.map(fieldOf);
  return (value) => {
    let at = value;
    if (at === undefined) return undefined;
    for (let i = 0; i < keys.length; i += 1) {
      if (isList(at)) return overItems(wrap(at), i, keys, nothing);
      const next: unknown = reads[i]?.(at);
      if (next === undefined) {
        nothing(i, [at]);
        return undefined;
      }
      at = next;
    }
    return at;
  };
}

/** A list stands for its items, unless `[…]` in a path made it. */
export function wrap(list: List): List {
  return list.cons === true ? sequenceOf(list) : list;
}

/** Names over items; `last` is the position of the name that ends the path, if one does. */
export function overItems(
  items: List,
  from: number,
  keys: readonly string[],
  nothing: OnNothing,
  last = keys.length - 1,
): List {
  let at = items;
  for (let i = from; i < keys.length; i += 1) {
    const next = nameStep(at, keys[i] ?? "", i === last);
    if (next.length === 0) {
      nothing(i, at);
      return next;
    }
    at = next;
  }
  return at;
}

function general(ast: PathAst, around: Surroundings, nothing: OnNothing | undefined): Node {
  const last = ast.steps.length - 1;
  const steps = ast.steps.map((step, index) => compileStep(step, index, index === last, around));
  const [first] = ast.steps;
  const isAbsolute = first?.type === "variable";
  const keeps = ast.keepSingletonArray === true;
  const group = ast.group === undefined ? undefined : grouped(ast.group, around, false);
  return (input, frame) => {
    let items: List = isList(input) && !isAbsolute ? input : sequenceOf(input);
    for (let i = 0; i < steps.length; i += 1) {
      const next = steps[i]?.(items, frame) ?? items;
      if (next.length === 0) {
        nothing?.(i, items);
        items = next;
        break;
      }
      items = next;
    }
    if (keeps) items = kept(items);
    return group === undefined ? items : group(items, frame);
  };
}

/** Marks a list that stays a list. The mark goes on a copy where the list is not ours to mark. */
export function kept(items: List): List {
  if (items.cons === true && items.sequence !== true) {
    const wrapped = sequenceOf(items);
    wrapped.keepSingleton = true;
    return wrapped;
  }
  if (items.sequence === true) items.keepSingleton = true;
  return items;
}
