import { onNothing } from "../compile/absence.ts";
import { byIndex, yieldsBoolean } from "../compile/filter.ts";
import { perItem } from "../compile/node.ts";
import { inherited } from "../compile/path.ts";
import type { Ast, PathAst, SortAst, Stage } from "../syntax/ast.ts";
import { weightOf } from "../syntax/walk.ts";
import { NotGenerated, atom, mayBeList } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";

/** A step that is a name and nothing else; `[]` behind it is the path's affair. */
function isBareName(step: Ast): boolean {
  return (
    step.type === "name" &&
    step.stages === undefined &&
    step.predicate === undefined &&
    step.group === undefined
  );
}

/** A location path: names are walked on plain objects, all else runs over items. */
export function emitPath(ast: PathAst, scope: Scope, emit: Emit): Atom {
  if (ast.group !== undefined || ast.steps.some((step) => step.tuple === true)) {
    throw new NotGenerated();
  }
  const { source } = scope.program;
  const lead = leadOf(ast, scope, emit);
  const rest = ast.steps.slice(lead.steps);
  const keeps = ast.keepSingletonArray === true;
  if (rest.length === 0 && !keeps) {
    return ast.keepArray === true
      ? atom(source.local(`norm(${lead.code}, true)`))
      : atom(lead.code);
  }
  const result = source.name();
  const label = source.name("L");
  source.line(`let ${result} = ${lead.code};`);
  source.line(`${label}: {`);
  if (lead.steps > 0) source.line(`if (${result} === undefined) break ${label};`);
  rest.forEach((step, index) => {
    const number = lead.steps + index;
    const isLast = index === rest.length - 1;
    if (index === 0 && lead.isVariable && ast.steps.length > 1) {
      emptyVariable(ast, scope, result, label);
    }
    if (step.type === "sort") {
      sort(step, { scope, emit, result, isLast });
      if (!isLast) source.line(`if (${result} === undefined) break ${label};`);
    } else emitStep(step, { ast, number, isLast, keeps, result, label }, scope, emit);
  });
  source.line("}");
  if (keeps) source.line(`${result} = norm(keep(items(${result})), ${ast.keepArray === true});`);
  else if (ast.keepArray === true) source.line(`${result} = norm(${result}, true);`);
  return atom(result);
}

/** In strict expressions a variable that is an empty list counts as absent before a step. */
function emptyVariable(ast: PathAst, scope: Scope, result: string, label: string): void {
  const nothing = onNothing(ast, scope.around);
  if (nothing === undefined) return;
  const { source } = scope.program;
  const report = source.constant(() => nothing(0, [undefined]));
  source.line(
    `if (A(${result}) && ${result}.length === 0) { ${report}(); ${result} = undefined; break ${label}; }`,
  );
}

interface Lead {
  readonly code: string;
  /** How many steps it takes up. */
  readonly steps: number;
  /** It is a variable without names behind it. */
  readonly isVariable: boolean;
}

/** The variable and the names that a path begins with. */
function leadOf(ast: PathAst, scope: Scope, emit: Emit): Lead {
  const { source } = scope.program;
  const [first] = ast.steps;
  const isAbsolute = first?.type === "variable" && first.stages === undefined;
  if (first?.type === "variable" && !isAbsolute) throw new NotGenerated();
  const start = isAbsolute ? emit(first, scope) : atom(scope.input);
  const offset = isAbsolute ? 1 : 0;
  let end = offset;
  while (end < ast.steps.length && isBareName(ast.steps[end] as Ast)) end += 1;
  const keys = ast.steps.slice(offset, end).map((step) => (step.type === "name" ? step.value : ""));
  if (keys.length === 0) return { code: start.code, steps: offset, isVariable: isAbsolute };
  const ends = end === ast.steps.length;
  const nothing = onNothing(ast, scope.around);
  const report =
    nothing === undefined
      ? undefined
      : (index: number, previous: readonly unknown[]) => nothing(index + offset, previous);
  const follow = source.hoist(
    follower(keys, {
      ends,
      keeps: ast.keepSingletonArray === true,
      isAbsolute,
      keys: source.constant(keys),
      nothing: report === undefined ? undefined : source.constant(report),
      silent: source.constant(silent),
      hoist: (body) => source.hoist(body),
    }),
  );
  return { code: source.local(`${follow}(${start.code})`), steps: end, isVariable: false };
}

const silent = (): void => undefined;

interface Following {
  readonly ends: boolean;
  readonly keeps: boolean;
  readonly isAbsolute: boolean;
  readonly keys: string;
  readonly nothing: string | undefined;
  readonly silent: string;
  readonly hoist: (body: string) => string;
}

/** Text of the function that reads names over items; each name is read in a place of its own. */
function overNames(keys: readonly string[], ends: boolean): string {
  const lines = keys.map((key, index) => {
    const isLast = ends && index === keys.length - 1;
    const text = JSON.stringify(key);
    const read = inherited.has(key) ? `own(c, ${text})` : `c[${text}]`;
    const alone = isLast ? "last(w)" : "one(w)";
    return [
      `{ const m = A(v), n = m ? v.length : 1; let k = 0, w, q;`,
      "spend(n);",
      "for (let i = 0; i < n; i++) {",
      "const c = m ? v[i] : v;",
      `if (typeof c !== "object" || c === null) continue;`,
      `const x = A(c) ? norm(lookup(c, ${text})) : ${read};`,
      "if (x === undefined) continue;",
      "if (k++ === 0) w = x; else q = addTo(q, w, x);",
      "}",
      "if (k === 0) return undefined;",
      `v = k > 1 ? ${isLast ? "norm(q)" : "q"} : ${alone};`,
      isLast ? "}" : "if (A(v) && v.length === 0) return undefined; }",
    ].join("\n");
  });
  return `(v) {\n${lines.join("\n")}\nreturn v;\n}`;
}

/** Text of the function that walks names, and goes on by lists at the first list it meets. */
function follower(keys: readonly string[], how: Following): string {
  const { ends, keeps, nothing } = how;
  const lastName = ends ? keys.length - 1 : -1;
  const done = (code: string): string => (ends && !keeps ? `norm(${code})` : code);
  // A path of nothing but names is nothing for no context; any other reports what it lacks.
  const isChain = ends && !keeps;
  const absent = (index: number, value: string): string =>
    nothing === undefined
      ? "return undefined;"
      : !isChain
        ? `{ ${nothing}(${index}, [${value}]); return undefined; }`
        : `{ if (${value} !== undefined) ${nothing}(${index}, [${value}]); return undefined; }`;
  const lines = keys.map((key, index) => {
    const [from, to] = [`v${index}`, `v${index + 1}`];
    const list = index === 0 && !how.isAbsolute ? from : `wrap(${from})`;
    const over =
      nothing === undefined && !(ends && keeps)
        ? `${how.hoist(overNames(keys.slice(index), ends))}(${list})`
        : `over(${list}, ${index}, ${how.keys}, ${nothing ?? how.silent}, ${lastName})`;
    const read = inherited.has(key)
      ? `own(${from}, ${JSON.stringify(key)})`
      : `${from}[${JSON.stringify(key)}]`;
    return [
      `if (typeof ${from} !== "object" || ${from} === null) ${absent(index, from)}`,
      `if (A(${from})) return ${done(over)};`,
      `const ${to} = ${read};`,
      `if (${to} === undefined) ${absent(index, from)}`,
    ].join("\n");
  });
  const end = `v${keys.length}`;
  const result = ends && !keeps ? `A(${end}) ? norm(${end}) : ${end}` : end;
  return `(v0) {\n${lines.join("\n")}\nreturn ${result};\n}`;
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
}

/** A step over items, its value in `result`: nothing, one value, or a list of items. */
function emitStep(step: Ast, at: StepPlace, scope: Scope, emit: Emit): void {
  const { source } = scope.program;
  const { number, result, label } = at;
  if (number === 0 && step.consarray === true) throw new NotGenerated();
  const [from, isMany, count, index, item] = ["f", "m", "n", "i", "c"].map((p) => source.name(p));
  const [found, only, out] = ["w", "o", "q"].map((p) => source.name(p));
  source.line(
    `const ${from} = ${number === 0 ? result : `one(${result})`}, ${isMany} = A(${from});`,
  );
  source.line(`const ${count} = ${isMany} ? ${from}.length : 1;`);
  source.line(`let ${found} = 0, ${only}, ${out};`);
  spend(`${count} * ${1 + (weightOf(step) >> 2)}`, scope);
  source.line(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
  source.line(`const ${item} = ${isMany} ? ${from}[${index}] : ${from};`);
  const around = number === 0 ? scope.around : perItem(scope.around);
  const value = stepValue(step, { ...scope, around, input: item ?? "" }, emit);
  const keep =
    `if (${found}++ === 0) ${only} = ${value.code}; ` +
    (mayBeList(value)
      ? `else ${out} = addTo(${out}, ${only}, ${value.code});`
      : `else { if (${out} === undefined) { ${out} = seq(); ${out}.push(${only}); } ${out}.push(${value.code}); }`);
  source.line(value.defined ? keep : `if (${value.code} !== undefined) { ${keep} }`);
  source.line("}");
  afterStep(at, { from, found, only, out }, scope);
  if (!at.isLast) source.line(`if (${result} === undefined) break ${label};`);
}

function afterStep(
  { ast, number, isLast, keeps, result, label }: StepPlace,
  names: Readonly<Record<"from" | "found" | "only" | "out", string | undefined>>,
  scope: Scope,
): void {
  const { source } = scope.program;
  const { from, found, only, out } = names;
  const ending = isLast && !keeps ? "last" : "one";
  if (isLast && keeps) {
    source.line(`${result} = ${found} > 1 ? ${out} : ${found} === 1 ? items(${only}) : seq();`);
  } else {
    source.line(
      `${result} = ${found} > 1 ? ${isLast ? `norm(${out})` : out} : ${found} === 1 ? ${ending}(${only}) : undefined;`,
    );
  }
  const nothing = onNothing(ast, scope.around);
  const isEmpty = `(A(${result}) && ${result}.length === 0)`;
  if (nothing !== undefined) {
    const report = source.constant((previous: unknown) =>
      nothing(number, Array.isArray(previous) ? previous : [previous]),
    );
    const lone = `A(${only}) && ${only}.length === 0${isLast ? "" : ` && ${only}.cons !== true`}`;
    const isNothing = `${found} === 0 || (${found} === 1 ? ${lone} : ${out}.length === 0)`;
    source.line(`if (${isNothing}) ${report}(${from});`);
  }
  // A lone empty list that ends the path is its value; before another step it has no items.
  if (!isLast) source.line(`if (${isEmpty}) { ${result} = undefined; break ${label}; }`);
}

function stepValue(step: Ast, scope: Scope, emit: Emit): Atom {
  if (step.type === "variable" && step.stages !== undefined) throw new NotGenerated();
  const { stages: _stages, ...bare } = step;
  let value = emit(bare, scope);
  for (const stage of step.stages ?? []) value = emitFilter(stage, value, scope, emit);
  return value;
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
  source.line(`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`);
  source.line(`const ${item} = ${list}[${index}];`);
  const inner = { ...scope, around: perItem(scope.around), input: item ?? "" };
  const test = emit(expr, inner);
  if (yieldsBoolean(expr) || test.type === "boolean") {
    source.line(`if (${test.code} === true) ${out}.push(${item});`);
  } else {
    const times = source.name();
    const found = `typeof ${test.code} === "boolean" ? +${test.code}`;
    source.line(
      `for (let ${times} = ${found} : timesKept(${test.code}, ${index}, ${count}); ${times} > 0; ${times}--)`,
    );
    source.line(`${out}.push(${item});`);
  }
  source.line("}");
  return atom(out ?? "", "list", true);
}

function sort(
  step: SortAst,
  at: { scope: Scope; emit: Emit; result: string; isLast: boolean },
): void {
  if (step.stages !== undefined) throw new NotGenerated();
  const { scope, emit, result, isLast } = at;
  const { source } = scope.program;
  const terms = step.terms.map(({ expression, descending }) => {
    const item = source.name("c");
    const body = source.capture(() => {
      const inner = { ...scope, around: perItem(scope.around), input: item };
      source.line(`return ${emit(expression, inner).code};`);
    });
    return `{ descending: ${descending}, value: (${item}) => {\n${body}\n} }`;
  });
  const position = step.position === undefined ? "undefined" : String(step.position);
  source.line(`${result} = sorted(${result}, [${terms.join(", ")}], ${position}, ${isLast});`);
}

/** Takes fuel. */
export function spend(cost: string, { program: { source } }: Scope): void {
  source.line(`if ((run.fuel -= ${cost}) < 0) outOfFuel();`);
}
