import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { fail } from "../value/fault.ts";
import { isDict, lookup } from "../value/basic.ts";
import { isList } from "../value/sequence.ts";
import { isCoalesce } from "../syntax/ast.ts";
import type { Ast, PathAst, Stage } from "../syntax/ast.ts";
import type { Surroundings } from "./node.ts";

/** Thrown at an absent path inside a guarded operand; caught by the guard. */
export const absent: unique symbol = Symbol("absent");

/**
 * What a strict path does at the step that found nothing: `previous` are the values before it.
 * Returns when it is an empty selection and no absent path.
 */
export type OnNothing = (step: number, previous: readonly unknown[]) => void;

/** The rule of a path in these surroundings; undefined where absence is no error. */
export function onNothing(path: PathAst, around: Surroundings): OnNothing | undefined {
  if (!around.strict || around.absence === "allow") return undefined;
  const { absence } = around;
  return (index, previous) => {
    const step = path.steps[index];
    if (step === undefined || !isAbsent(step, previous)) return;
    if (absence === "signal") raiseAbsent();
    reportAbsent(path, index, previous, around);
  };
}

/** A variable that holds nothing. */
export function absentVariable(name: string, end: number | undefined, around: Surroundings): void {
  if (around.absence === "signal") raiseAbsent();
  fail("absent-path", {
    value: `\`$${name}\` is absent`,
    span: span(end, around),
    help: guardHelp(`$${name}`),
  });
}

function raiseAbsent(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- a signal between two nodes, never seen outside
  throw absent;
}

/**
 * A name that none of the items has is absent. A predicate that selects none of what is there is an
 * empty selection, and so is any step over an empty list; an index out of range is absent.
 */
function isAbsent(step: Ast, previous: readonly unknown[]): boolean {
  if (step.type === "variable") return true;
  if (step.type !== "name") return false;
  const values = previous.map((item) => lookup(item, step.value));
  const isMissing = values.every(
    (value, i) =>
      value === undefined || (isList(value) && value.length === 0 && !isEmptyList(previous[i])),
  );
  if (previous.every(isEmptyList)) return false;
  const [stage] = step.stages ?? [];
  if (stage?.type === "filter" && stage.expr.type === "number") return true;
  if (!isMissing) return false;
  // `lines: []` is there, and has no items.
  return !previous.some((item) => isDict(item) && Object.hasOwn(item, step.value));
}

function isEmptyList(value: unknown): boolean {
  return isList(value) && value.every(isEmptyList);
}

function reportAbsent(
  path: PathAst,
  index: number,
  previous: readonly unknown[],
  around: Surroundings,
): never {
  const shown = path.steps
    .slice(0, index + 1)
    .map(showStep)
    .join(".");
  const before = path.steps.slice(0, index).map(showStep).join(".");
  const parent = before === "" ? "the item" : `\`${before}\``;
  const step = path.steps[index];
  return fail("absent-path", {
    value: `\`${shown}\` is absent${step === undefined ? "" : because(step, parent, previous)}`,
    span: span(step?.position, around),
    help: guardHelp(shown),
  });
}

function because(step: Ast, parent: string, previous: readonly unknown[]): string {
  if (step.type !== "name") return "";
  const [item] = previous;
  if (previous.length > 1) return `: none of the ${previous.length} items of ${parent} has it`;
  if (item === null) return `: ${parent} is null`;
  if (!isDict(item)) return isList(item) ? "" : `: ${parent} is no object`;
  if (Object.hasOwn(item, step.value)) return `: ${countOf(item[step.value])}`;
  const names = Object.keys(item);
  if (names.length === 0) return `: ${parent} is an empty object`;
  return `: ${parent} has ${listWords(names)}${didYouMean(step.value, names)}`;
}

function guardHelp(shown: string): string {
  return `if it may be absent, write \`${shown} ?? …\` with a default, or test \`$exists(${shown})\``;
}

function showStep(step: Ast): string {
  if (step.type === "variable") return `$${step.value}`;
  if (step.type === "name") return `${step.value}${(step.stages ?? []).map(showStage).join("")}`;
  return "(…)";
}

function showStage(stage: Stage): string {
  const isIndex = stage.type === "filter" && stage.expr.type === "number";
  return isIndex ? `[${String(stage.expr.value)}]` : "[…]";
}

function countOf(list: unknown): string {
  if (!isList(list)) return "it is no list";
  return list.length === 1 ? "the list has 1 item" : `the list has ${list.length} items`;
}

function span(end: number | undefined, around: Surroundings): readonly [number, number] {
  return end === undefined ? [0, around.text.length] : [around.startOf(end), end];
}

/** `$optional(…)` says that nothing is a value here. */
export function mayBeAbsent(ast: Ast): boolean {
  switch (ast.type) {
    case "function":
      return ast.procedure.type === "variable" && ast.procedure.value === "optional";
    case "condition":
      if (isCoalesce(ast)) return ast.else !== undefined && mayBeAbsent(ast.else);
      return ast.else === undefined || mayBeAbsent(ast.then) || mayBeAbsent(ast.else);
    case "block": {
      const last = ast.expressions.at(-1);
      return last !== undefined && mayBeAbsent(last);
    }
    default:
      return false;
  }
}
