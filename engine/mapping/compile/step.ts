import { lookup } from "../value/basic.ts";
import { checkItems } from "../value/limit.ts";
import { spend } from "../value/run.ts";
import { isList, isSequence, normalise, sequence } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Ast } from "../syntax/ast.ts";
import { filtered } from "./filter.ts";
import type { Frame } from "./frame.ts";
import type { Node, Surroundings } from "./node.ts";
import { perItem } from "./node.ts";
import { sorted } from "./sort.ts";

/** One step of a path: from the items so far to the items after it. */
export type Step = (items: List, frame: Frame) => List;

/** The field of every item, flattened by one level; the last step leaves a lone list as it is. */
export function nameStep(items: List, key: string, isLast: boolean): List {
  spend(items.length);
  const out = sequence();
  let count = 0;
  let only: unknown;
  for (const item of items) {
    const value = isList(item) ? normalise(lookup(item, key)) : lookup(item, key);
    if (value === undefined) continue;
    count += 1;
    only = value;
    add(out, value);
  }
  return isLast && count === 1 && isList(only) && !isSequence(only) ? only : out;
}

/** Appends one step's value; a list is its items, unless `[…]` made it. */
export function add(out: List, value: unknown): void {
  if (isList(value) && value.cons !== true) {
    checkItems(out.length + value.length);
    for (const item of value) out.push(item);
  } else {
    out.push(value);
  }
}

/** A step of any kind. */
export function compileStep(step: Ast, index: number, isLast: boolean, around: Surroundings): Step {
  if (step.type === "sort") {
    const sort = sorted(step, around, false);
    const stages = (step.stages ?? []).map((stage) => filtered(stage.expr, around, false));
    return (items, frame) =>
      stages.reduce<List>((at, stage) => stage(at, frame), sort(items, frame));
  }
  const node = around.compile(step, index === 0 ? around : perItem(around));
  // A list constructor at the head stands for itself and does not run over the context's items.
  if (index === 0 && step.consarray === true) {
    return (items, frame) => {
      const value = node(items, frame);
      // The reference finds no items in what is no list, such as `[{…}][0]`.
      return isList(value) ? value : sequence();
    };
  }
  const isName = step.type === "name" && step.stages === undefined && step.keepArray !== true;
  if (isName && step.predicate === undefined && step.group === undefined) {
    return (items) => nameStep(items, step.value, isLast);
  }
  const stages = (step.stages ?? []).map((stage) => filtered(stage.expr, around, false));
  return (items, frame) => eachItem(items, frame, { node, stages, isLast });
}

interface ItemStep {
  readonly node: Node;
  readonly stages: readonly ((value: unknown, frame: Frame) => List)[];
  readonly isLast: boolean;
}

function eachItem(items: List, frame: Frame, step: ItemStep): List {
  spend(items.length);
  const out = sequence();
  let count = 0;
  let only: unknown;
  for (const item of items) {
    let value = step.node(item, frame);
    for (const stage of step.stages) value = stage(value, frame);
    if (value === undefined) continue;
    count += 1;
    only = value;
    add(out, value);
  }
  return step.isLast && count === 1 && isList(only) && !isSequence(only) ? only : out;
}
