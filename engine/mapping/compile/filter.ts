import { isNumeric, truth } from "../value/basic.ts";
import { spend } from "../value/run.ts";
import { isList, sequence, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import type { Ast } from "../syntax/ast.ts";
import { Frame } from "./frame.ts";
import type { Node, Surroundings } from "./node.ts";
import { perItem } from "./node.ts";
import { tupleVariables } from "./tuple-frame.ts";

/** A predicate: from a value to the items of it that are kept. */
export type Filter = (value: unknown, frame: Frame) => List;

/** Compiles `[…]`. `mayBeTuples`: what is filtered may be a tuple stream; the data tells. */
export function filtered(predicate: Ast, around: Surroundings, mayBeTuples: boolean): Filter {
  if (predicate.type === "number" && typeof predicate.value === "number") {
    const index = Math.floor(predicate.value);
    return (value) => byIndex(value, index);
  }
  const outer = perItem(around);
  const test = around.compile(predicate, mayBeTuples ? tupleVariables(outer) : outer);
  if (mayBeTuples) return tupleFilter(test);
  const isTest = yieldsBoolean(predicate);
  return (value, frame) => {
    const items = isList(value) ? value : sequenceOf(value);
    spend(items.length);
    const kept = sequence();
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      const found = test(item, frame);
      if (isTest) {
        if (found === true) kept.push(item);
        continue;
      }
      for (let n = timesKept(found, i, items.length); n > 0; n -= 1) kept.push(item);
    }
    return kept;
  };
}

export function byIndex(value: unknown, index: number): List {
  const items = isList(value) ? value : sequenceOf(value);
  const item = items[index < 0 ? items.length + index : index];
  if (isList(item) && items.tupleStream !== true) return item;
  const kept = sequence();
  if (items.tupleStream === true) kept.tupleStream = true;
  if (item !== undefined) kept.push(item);
  return kept;
}

function tupleFilter(test: Node): Filter {
  return (value, frame) => {
    const items = isList(value) ? value : sequenceOf(value);
    spend(items.length);
    const kept = sequence();
    const areTuples = items.tupleStream === true;
    if (areTuples) kept.tupleStream = true;
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      const tuple = areTuples ? (item as Record<string, unknown>) : {};
      const found = test(areTuples ? tuple["@"] : item, new Frame(frame, [], tuple));
      keep(found, { item, index: i, count: items.length, kept });
    }
    return kept;
  };
}

function keep(
  found: unknown,
  at: { item: unknown; index: number; count: number; kept: List },
): void {
  for (let n = timesKept(found, at.index, at.count); n > 0; n -= 1) at.kept.push(at.item);
}

/** A number, or a list of numbers, selects by position, as often as it names it; anything else by its truth. */
export function timesKept(found: unknown, index: number, count: number): number {
  if (typeof found === "boolean") return found ? 1 : 0;
  if (isNumeric(found)) return position(found, count) === index ? 1 : 0;
  if (!isList(found) || !found.every(isNumeric)) return truth(found) ? 1 : 0;
  let times = 0;
  for (const number of found) {
    if (isNumeric(number) && position(number, count) === index) times += 1;
  }
  spend(times);
  return times;
}

function position(number: number, count: number): number {
  const floor = Math.floor(number);
  return floor < 0 ? count + floor : floor;
}

const tests = new Set(["=", "!=", "<", "<=", ">", ">=", "in", "and", "or"]);

export function yieldsBoolean(predicate: Ast): boolean {
  return (
    predicate.type === "binary" &&
    tests.has(predicate.value) &&
    predicate.predicate === undefined &&
    predicate.group === undefined
  );
}
