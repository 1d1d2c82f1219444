import { onNothing } from "../compile/absence.ts";
import { byIndex, yieldsBoolean } from "../compile/filter.ts";
import { perItem } from "../compile/node.ts";
import { isPlain } from "../compile/path.ts";
import type { Ast, PathAst, Stage } from "../syntax/ast.ts";
import { weightOf } from "../syntax/walk.ts";
import { emitHoisted } from "./hoist.ts";
import { counted } from "./result.ts";
import { NotGenerated, apart, atom, mayBeList, spend } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";

/** What is known of the value that a step leaves. */
export interface StepEnd {
  /** Many values stand in a list of its own making, one value stands alone and is no list. */
  readonly isFresh: boolean;
  /** It is a part of the result, made and counted as such. */
  readonly isCounted: boolean;
}

interface StepPlace {
  readonly ast: PathAst;
  readonly number: number;
  readonly isLast: boolean;
  /** The path ends in `[]`. */
  readonly keeps: boolean;
  /** Name of the variable with the value so far. */
  readonly result: string;
  readonly label: string;
  /** Whoever takes the path's value looks at no marks. */
  readonly asItems: boolean;
  /** The value is a part of the result. */
  readonly isResult: boolean;
  /** A name that is read of each item the step's predicate selects: the step after it, in one. */
  readonly field: Ast | undefined;
}

/** A step over items, its value in `result`: nothing, one value, or a list of items. */
export function emitStep(step: Ast, at: StepPlace, scope: Scope, emit: Emit): StepEnd {
  const { source } = scope.program;
  const { number, result, label } = at;
  if (number === 0 && step.consarray === true) throw new NotGenerated();
  const [from, isMany, count, index, item] = ["f", "m", "n", "i", "c"].map((p) => source.name(p));
  const [found, only, out] = ["w", "o", "q"].map((p) => source.name(p));
  const names: StepNames = { from, found, only, out };
  source.line(
    `const ${from} = ${number === 0 ? result : `one(${result})`}, ${isMany} = A(${from});`,
  );
  source.line(`const ${count} = ${isMany} ? ${from}.length : 1;`);
  source.line(`let ${found} = 0, ${only}, ${out};`);
  spend(`${count} * ${1 + (weightOf(step) >> 2)}`, scope);
  const around = number === 0 ? scope.around : perItem(scope.around);
  const isResult = at.isResult && at.isLast && !at.keeps && step.stages === undefined;
  const inner = { ...scope, around, input: item ?? "", dict: undefined, isResult };
  const head = `let ${index} = 0; ${index} < ${count}; ${index}++`;
  const read = `const ${item} = ${isMany} ? ${from}[${index}] : ${from};`;
  const selects = at.keeps ? undefined : selection(step);
  let value = { isList: false, isCounted: false };
  emitHoisted(step, scope, emit, () => {
    source.line(`for (${head}) {`);
    source.line(read);
    if (selects === undefined) value = emitValue(step, names, at, inner, emit);
    else {
      const { stages: _stages, ...bare } = step;
      const keep = (kept: string): void => {
        if (at.field === undefined) accumulate(kept, names, at, scope);
        else take(emit(at.field, { ...apart(inner), input: kept }), names, scope);
      };
      emitSelection(selects, emit(bare, apart(inner)), inner, emit, keep);
    }
    source.line("}");
  });
  if (selects === undefined) afterStep(at, names, value.isList, scope);
  else if (at.field !== undefined) afterStep(at, names, true, scope);
  else afterSelection(at, names, scope);
  if (!at.isLast) source.line(`if (${result} === undefined) break ${label};`);
  const { isCounted } = value;
  const isPlain = !value.isList && selects === undefined && at.isLast && !at.keeps;
  return { isFresh: isPlain && (at.asItems || isCounted), isCounted };
}

/** Takes the step's value for one item: whether it may be a list, and is counted in the result. */
function emitValue(
  step: Ast,
  names: StepNames,
  at: StepPlace,
  scope: Scope,
  emit: Emit,
): { isList: boolean; isCounted: boolean } {
  const { source } = scope.program;
  const own = stepValue(step, scope, emit);
  const isList = mayBeList(own);
  const isCounted = scope.isResult && !isList;
  const value = isCounted ? counted(own, scope) : own;
  if (isList) take(value, names, scope);
  else {
    if (!value.defined) source.line(`if (${value.code} !== undefined) {`);
    accumulate(value.code, names, isCounted ? { ...at, asItems: true } : at, scope);
    if (!value.defined) source.line("}");
  }
  return { isList, isCounted };
}

type StepNames = Readonly<Record<"from" | "found" | "only" | "out", string | undefined>>;

/** Takes one value of a step that may be a list, which stands for its items. */
function take(value: Atom, { found, only, out }: StepNames, { program: { source } }: Scope): void {
  source.line(`if (${value.code} !== undefined) {`);
  source.line(`if (${found}++ === 0) ${only} = ${value.code};`);
  source.line(`else ${out} = addTo(${out}, ${only}, ${value.code}); }`);
}

/** Takes one value of a step that stands for itself: the list is made at the second. */
function accumulate(code: string, names: StepNames, at: StepPlace, scope: Scope): void {
  const { found, only, out } = names;
  const isMarked = at.isLast && (at.keeps || !at.asItems);
  const pair = isMarked ? `pair(${only}, ${code})` : `[${only}, ${code}]`;
  scope.program.source.line(
    `if (${found}++ === 0) ${only} = ${code}; else if (${found} === 2) ${out} = ${pair}; else ${out}.push(${code});`,
  );
}

/** The predicate of a step that has one, which selects by its truth and not by position. */
export function selection(step: Ast): Ast | undefined {
  const [stage, more] = step.stages ?? [];
  if (stage?.type !== "filter" || more !== undefined || step.type !== "name") return undefined;
  return stage.expr.type === "number" ? undefined : stage.expr;
}

/** Items of a value that a predicate keeps, one after the other. */
function emitSelection(
  predicate: Ast,
  value: Atom,
  scope: Scope,
  emit: Emit,
  keep: (item: string) => void,
): void {
  const { source } = scope.program;
  const [isMany, index, count, item] = ["m", "i", "n", "c"].map((p) => source.name(p));
  source.line(`const ${isMany} = A(${value.code});`);
  source.line(`const ${count} = ${isMany} ? ${value.code}.length : 1;`);
  spend(`${count} * ${1 + (weightOf(predicate) >> 2)}`, scope);
  emitHoisted(predicate, scope, emit, () => {
    source.line(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
    source.line(`const ${item} = ${isMany} ? ${value.code}[${index}] : ${value.code};`);
    emitKept(predicate, { item: item ?? "", index, count }, scope, emit, keep);
    source.line("}");
  });
}

/** Keeps an item as often as a predicate says. */
function emitKept(
  predicate: Ast,
  at: { item: string; index: string | undefined; count: string | undefined },
  scope: Scope,
  emit: Emit,
  keep: (item: string) => void,
): void {
  const { source } = scope.program;
  const { item, index, count } = at;
  const inner = {
    ...scope,
    around: perItem(scope.around),
    input: item,
    dict: undefined,
    isResult: false,
  };
  const test = emit(predicate, inner);
  if (yieldsBoolean(predicate) || test.type === "boolean") {
    source.line(`if (${test.code} === true) {`);
  } else {
    const times = source.name();
    const found = `${test.code} === true ? 1 : ${test.code} === false || ${test.code} === undefined ? 0`;
    source.line(
      `for (let ${times} = ${found} : timesKept(${test.code}, ${index}, ${count}); ${times} > 0; ${times}--) {`,
    );
  }
  keep(item);
  source.line("}");
}

/** What a step with a predicate leaves: a lone item that is a list is not taken for its items. */
function afterSelection(at: StepPlace, names: StepNames, scope: Scope): void {
  const { source } = scope.program;
  const { isLast, result } = at;
  const { found, only, out } = names;
  const lone = isLast ? only : `${only} === undefined || A(${only}) ? [${only}] : ${only}`;
  source.line(`${result} = ${found} > 1 ? ${out} : ${found} === 1 ? (${lone}) : undefined;`);
  reportNothing(at, `${found} === 0`, names, scope);
}

/** In strict expressions a step that found nothing is an error. */
function reportNothing(
  { ast, number }: StepPlace,
  isNothing: string,
  { from }: StepNames,
  scope: Scope,
): void {
  const nothing = onNothing(ast, scope.around);
  if (nothing === undefined) return;
  const { source } = scope.program;
  const report = source.constant((previous: unknown) =>
    nothing(number, Array.isArray(previous) ? previous : [previous]),
  );
  source.line(`if (${isNothing}) ${report}(${from});`);
}

function afterStep(at: StepPlace, names: StepNames, isList: boolean, scope: Scope): void {
  const { source } = scope.program;
  const { isLast, keeps, result, label } = at;
  const { found, only, out } = names;
  const isEmpty = `(A(${result}) && ${result}.length === 0)`;
  if (isLast && keeps) {
    source.line(`${result} = ${found} > 1 ? ${out} : ${found} === 1 ? items(${only}) : seq();`);
  } else if (!isList) {
    source.line(`${result} = ${found} > 1 ? ${out} : ${only};`);
  } else {
    const ending = isLast ? "last" : "one";
    source.line(
      `${result} = ${found} > 1 ? ${isLast ? `norm(${out})` : out} : ${found} === 1 ? ${ending}(${only}) : undefined;`,
    );
  }
  if (!isList) {
    reportNothing(at, `${found} === 0`, names, scope);
    return;
  }
  const lone = `A(${only}) && ${only}.length === 0${isLast ? "" : ` && ${only}.cons !== true`}`;
  const isNothing = `${found} === 0 || (${found} === 1 ? ${lone} : ${out}.length === 0)`;
  reportNothing(at, isNothing, names, scope);
  // A lone empty list that ends the path is its value; before another step it has no items.
  if (!isLast) source.line(`if (${isEmpty}) { ${result} = undefined; break ${label}; }`);
}

function stepValue(step: Ast, scope: Scope, emit: Emit): Atom {
  if (step.type === "variable" && step.stages !== undefined) throw new NotGenerated();
  const { stages: _stages, ...bare } = step;
  let value = emit(bare, step.stages === undefined ? scope : apart(scope));
  for (const stage of step.stages ?? []) value = emitFilter(stage, value, scope, emit);
  return value;
}

/**
 * `[a = b][0]` on a value: the first item that fits; undefined for all else. A comparison of plain
 * paths cannot fail, so no later item has to be looked at.
 */
export function emitFirst(
  predicate: Stage,
  index: Stage,
  value: Atom,
  scope: Scope,
  emit: Emit,
): Atom | undefined {
  const test = predicate.expr;
  const isFirst =
    predicate.type === "filter" &&
    index.type === "filter" &&
    index.expr.type === "number" &&
    index.expr.value === 0;
  if (!isFirst || scope.around.strict || test.type !== "binary" || test.value !== "=")
    return undefined;
  if (![test.lhs, test.rhs].every(isHarmless) || !yieldsBoolean(test)) return undefined;
  const { source } = scope.program;
  const first = source.local("undefined");
  const keep = (item: string): void => source.line(`${first} = ${item}; break;`);
  emitSelection(test, value, scope, emit, keep);
  return atom(first);
}

function isHarmless(ast: Ast): boolean {
  if (ast.type === "path") return isPlain(ast);
  return (ast.type === "string" || ast.type === "number") && ast.predicate === undefined;
}

/** `[…]` on a value: the items of it that are kept, always as a list. */
export function emitFilter(stage: Stage, value: Atom, scope: Scope, emit: Emit): Atom {
  const { source } = scope.program;
  const { expr } = stage;
  if (stage.type !== "filter") throw new NotGenerated();
  if (expr.type === "number" && typeof expr.value === "number") {
    const index = source.constant(Math.floor(expr.value));
    return atom(source.local(`${source.constant(byIndex)}(${value.code}, ${index})`), "list", true);
  }
  const [list, out, index, count, item] = ["f", "q", "i", "n", "c"].map((p) => source.name(p));
  source.line(`const ${list} = A(${value.code}) ? ${value.code} : [${value.code}];`);
  source.line(`const ${out} = seq(), ${count} = ${list}.length;`);
  spend(`${count} * ${1 + (weightOf(expr) >> 2)}`, scope);
  const at = { item: item ?? "", index, count };
  emitHoisted(expr, scope, emit, () => {
    source.line(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
    source.line(`const ${item} = ${list}[${index}];`);
    emitKept(expr, at, scope, emit, (kept) => source.line(`${out}.push(${kept});`));
    source.line("}");
  });
  return atom(out ?? "", "list", true);
}
