import { fail } from "../value/fault.ts";
import { spend } from "../value/run.ts";
import { isList } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";
import { mergeSort } from "../value/merge-sort.ts";
import type { SortAst } from "../syntax/ast.ts";
import { Frame } from "./frame.ts";
import type { Node, Surroundings } from "./node.ts";
import { perItem } from "./node.ts";
import { tupleVariables } from "./tuple-frame.ts";

interface Term {
  readonly value: Node;
  readonly descending: boolean;
}

/** `^(…)`: a stable sort by terms; each item's term is evaluated once, and only when it matters. */
export function sorted(
  ast: SortAst,
  around: Surroundings,
  mayBeTuples: boolean,
): (items: List, frame: Frame) => List {
  const scope = mayBeTuples ? tupleVariables(perItem(around)) : perItem(around);
  const terms = ast.terms.map((term) => ({
    value: around.compile(term.expression, scope),
    descending: term.descending,
  }));
  return (items, frame) => {
    if (items.length <= 1) return items;
    const areTuples = items.tupleStream === true;
    const keyed = items.map((item) => {
      const tuple = areTuples ? (item as Record<string, unknown>) : {};
      return {
        item,
        context: areTuples ? tuple["@"] : item,
        frame: mayBeTuples ? new Frame(frame, [], tuple) : frame,
        keys: [] as unknown[],
      };
    });
    const result: unknown[] = mergeSort(keyed, (a, b) => isAfter(a, b, terms, ast.position)).map(
      (entry) => entry.item,
    );
    return isList(result) ? result : items;
  };
}

/** The same on plain items, by terms that need no frame. */
export function sortItems(
  items: List,
  terms: readonly { value(item: unknown): unknown; readonly descending: boolean }[],
  position: number | undefined,
): unknown[] {
  const keyed = items.map((item) => ({ context: item, frame: noFrame, keys: [] as unknown[] }));
  return mergeSort(keyed, (a, b) => isAfter(a, b, terms, position)).map(({ context }) => context);
}

const noFrame = new Frame(undefined, []);

interface Keyed {
  readonly context: unknown;
  readonly frame: Frame;
  readonly keys: unknown[];
}

function isAfter(
  a: Keyed,
  b: Keyed,
  terms: readonly Term[],
  position: number | undefined,
): boolean {
  spend(4);
  for (let index = 0; index < terms.length; index += 1) {
    const term = terms[index];
    if (term === undefined) break;
    const left = keyOf(a, index, term);
    const right = keyOf(b, index, term);
    // Nothing sorts last, whichever way the term runs.
    if (left === undefined && right === undefined) continue;
    if (left === undefined) return true;
    if (right === undefined) return false;
    const order = compare(left, right, position);
    if (order !== 0) return term.descending ? order < 0 : order > 0;
  }
  return false;
}

function keyOf(entry: Keyed, index: number, term: Term): unknown {
  if (entry.keys.length <= index) entry.keys[index] = term.value(entry.context, entry.frame);
  return entry.keys[index];
}

function compare(left: unknown, right: unknown, position: number | undefined): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") {
    return left === right ? 0 : left < right ? -1 : 1;
  }
  const isText = typeof left === "string" || typeof left === "number";
  const isOther = typeof right === "string" || typeof right === "number";
  if (!isText || !isOther) fail("T2008", { value: isText ? right : left, position });
  return fail("T2007", { value: left, value2: right, position });
}
