import type { Dict } from "../value/basic.ts";
import { checkItems } from "../value/limit.ts";
import { spend } from "../value/run.ts";
import { isList, normalise, sequence, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import { boundNames } from "../syntax/walk.ts";
import type { Ast, PathAst } from "../syntax/ast.ts";
import { onNothing } from "./absence.ts";
import { filtered } from "./filter.ts";
import { Frame } from "./frame.ts";
import { grouped } from "./group.ts";
import { NotCompiled, perItem } from "./node.ts";
import type { Node, Surroundings } from "./node.ts";
import { sorted } from "./sort.ts";
import { compileStep } from "./step.ts";
import { tupleVariables } from "./tuple-frame.ts";

/** Items with the variables that `@$v`, `#$i` and `%` bound on the way to them. */
type TupleStep = (items: List, tuples: List | undefined, frame: Frame) => List;

/** A path that carries variables from item to item, from its first step that binds one. */
export function tuplePath(ast: PathAst, around: Surroundings): Node {
  const first = ast.steps.findIndex((step) => step.tuple === true);
  const [lead] = ast.steps;
  if (first === 0 && lead?.consarray === true) {
    throw new NotCompiled("variables bound on a list constructor");
  }
  const nothing = onNothing(ast, around);
  const head = ast.steps
    .slice(0, first)
    .map((step, index) => compileStep(step, index, false, around));
  const tail = ast.steps.slice(first).map((step, index) => tupleStep(step, around, index > 0));
  const group = ast.group === undefined ? undefined : grouped(ast.group, around, true);
  const isAbsolute = lead?.type === "variable";
  return (input, frame) => {
    let items: List = isList(input) && !isAbsolute ? input : sequenceOf(input);
    for (const [index, step] of head.entries()) {
      const next = step(items, frame);
      if (next.length === 0) {
        nothing?.(index, items);
        return group === undefined ? undefined : group(next, frame);
      }
      items = next;
    }
    let tuples: List | undefined;
    for (const [index, step] of tail.entries()) {
      const next = step(items, tuples, frame);
      if (next.length === 0)
        nothing?.(first + index, tuples === undefined ? items : values(tuples));
      tuples = next;
    }
    const stream = tuples ?? sequence();
    const result = ast.tuple === true ? stream : values(stream);
    if (ast.keepSingletonArray === true) result.keepSingleton = true;
    return normalise(group === undefined ? result : group(stream, frame), ast.keepArray === true);
  };
}

function values(tuples: List): List {
  spend(tuples.length);
  const result = sequence();
  for (const tuple of tuples) result.push((tuple as Dict)["@"]);
  return result;
}

function tupleStep(step: Ast, around: Surroundings, follows: boolean): TupleStep {
  if (boundNames([step]).length > 0)
    throw new NotCompiled("`:=` within a step that binds variables");
  const stages = tupleStages(step, around);
  if (step.type === "sort") {
    const sort = sorted(step, around, follows);
    return (items, tuples, frame) => {
      const result =
        tuples === undefined ? numbered(sort(items, frame), step.index) : sort(tuples, frame);
      return stages(result, frame);
    };
  }
  const scope = tupleVariables(perItem(around));
  const node = around.compile(withoutStages(step), scope);
  return (items, tuples, frame) => {
    const result = sequence();
    result.tupleStream = true;
    const before = tuples ?? items.map((item) => ({ "@": item }));
    spend(before.length);
    for (const entry of before) {
      const tuple = entry as Dict;
      extend(node(tuple["@"], new Frame(frame, [], tuple)), { tuple, step, result });
    }
    return stages(result, frame);
  };
}

/** The stages of a step run on its tuples, not on each value. */
function withoutStages(step: Ast): Ast {
  const { stages: _stages, ...rest } = step;
  return rest;
}

function extend(
  value: unknown,
  { tuple, step, result }: { tuple: Dict; step: Ast; result: List },
): void {
  if (value === undefined) return;
  const list: List = isList(value) ? value : [value];
  // A tuple is an object with all variables so far.
  spend(list.length << 3);
  checkItems(result.length + list.length);
  list.forEach((item, index) => {
    const next: Dict = { ...tuple };
    if (list.tupleStream === true) {
      Object.assign(next, item);
    } else {
      if (step.focus === undefined) next["@"] = item;
      else next[step.focus] = item;
      if (step.index !== undefined) next[step.index] = index;
      if (step.ancestor !== undefined) next[step.ancestor.label] = tuple["@"];
    }
    result.push(next);
  });
}

function numbered(items: List, name: string | undefined): List {
  const result = sequence();
  result.tupleStream = true;
  items.forEach((item, index) => {
    spend(4);
    result.push({ "@": item, ...(name === undefined ? {} : { [name]: index }) });
  });
  return result;
}

function tupleStages(step: Ast, around: Surroundings): (tuples: List, frame: Frame) => List {
  const stages = (step.stages ?? []).map((stage) =>
    stage.type === "index"
      ? (tuples: List): List => {
          tuples.forEach((tuple, index) => ((tuple as Dict)[stage.value] = index));
          return tuples;
        }
      : filtered(stage.expr, around, true),
  );
  return (tuples, frame) => stages.reduce((at, stage) => stage(at, frame), tuples);
}
