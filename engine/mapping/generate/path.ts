import { onNothing } from "../compile/absence.ts";
import { perItem } from "../compile/node.ts";
import { inherited } from "../compile/path.ts";
import type { Ast, PathAst, SortAst } from "../syntax/ast.ts";
import { NotGenerated, atom, dictOf } from "./scope.ts";
import type { Atom, Emit, Scope } from "./scope.ts";
import { emitStep, selection } from "./step.ts";
import type { StepEnd } from "./step.ts";

/** A step that is a name and nothing else. */
function isBareName(step: Ast): boolean {
  return (
    step.type === "name" &&
    step.stages === undefined &&
    step.keepArray !== true &&
    step.predicate === undefined &&
    step.group === undefined
  );
}

/**
 * A location path: names are walked on plain objects, all else runs over items. `asItems`: its value
 * is taken for the items of a list, whatever their list is marked as.
 */
export function emitPath(ast: PathAst, scope: Scope, emit: Emit, asItems = false): Atom {
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
  let end: StepEnd = { isFresh: false, isCounted: false };
  source.line(`let ${result} = ${lead.code};`);
  source.line(`${label}: {`);
  if (lead.steps > 0) source.line(`if (${result} === undefined) break ${label};`);
  for (let index = 0; index < rest.length; index += 1) {
    const step = rest[index] as Ast;
    const number = lead.steps + index;
    const field = fieldOf(step, rest[index + 1], { ast, scope });
    if (field !== undefined) index += 1;
    const isLast = index === rest.length - 1;
    if (number === lead.steps && lead.isVariable && ast.steps.length > 1) {
      emptyVariable(ast, scope, result, label);
    }
    end = { isFresh: false, isCounted: false };
    if (step.type === "sort") {
      sort(step, { scope, emit, result, isLast });
      if (!isLast) source.line(`if (${result} === undefined) break ${label};`);
    } else {
      const { isResult } = scope;
      const at = { ast, number, isLast, keeps, result, label, asItems, isResult, field };
      end = emitStep(step, at, scope, emit);
    }
  }
  source.line("}");
  if (keeps) source.line(`${result} = norm(keep(items(${result})), ${ast.keepArray === true});`);
  else if (ast.keepArray === true) source.line(`${result} = norm(${result}, true);`);
  if (end.isCounted) source.line("run.nodes--;");
  return { ...atom(result), fresh: end.isFresh, counted: end.isCounted };
}

/** The name to read at once of each item that a predicate selects: it cannot fail, so it need not wait. */
function fieldOf(
  step: Ast,
  next: Ast | undefined,
  { ast, scope }: { readonly ast: PathAst; readonly scope: Scope },
): Ast | undefined {
  if (next === undefined || !isBareName(next) || ast.keepSingletonArray === true) return undefined;
  if (onNothing(ast, scope.around) !== undefined) return undefined;
  return selection(step) === undefined ? undefined : next;
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
  const code = source.local("undefined");
  // What a predicate leaves of a variable is no longer what is known of the variable.
  const isSelected = first?.type === "variable" && first.predicate !== undefined;
  const known = first?.type === "variable" ? dictOf(first.value, scope) : scope.dict;
  const dict = isSelected ? undefined : known;
  const isWhole = ends && ast.keepSingletonArray !== true;
  emitNames(
    { keys, code, start: start.code, dict, follow, isWhole, mayBeNothing: !nothing },
    scope,
  );
  return { code, steps: end, isVariable: false };
}

/** Names of a path that is written out; each of its ends would be written once more. */
const shortPath = 6;

interface Walk {
  readonly keys: readonly string[];
  /** Name of the variable for what is found. */
  readonly code: string;
  readonly start: string;
  /** Name of what is true when the start is an object, where that is known. */
  readonly dict: string | undefined;
  /** Name of the function that walks all of it, whatever it meets. */
  readonly follow: string;
  /** The value ends its node. */
  readonly isWhole: boolean;
  /** Nothing is as good as a value. */
  readonly mayBeNothing: boolean;
}

/** Walks names on the spot as long as each gives an object; all else goes the long way. */
function emitNames(walk: Walk, { program: { source } }: Scope): void {
  const { keys, code, start, dict, follow, isWhole, mayBeNothing } = walk;
  if (keys.length > shortPath || keys.some((key) => inherited.has(key))) {
    source.line(`${code} = ${follow}(${start});`);
    return;
  }
  const label = source.name("N");
  source.line(`${label}: {`);
  let from = start;
  keys.forEach((key, index) => {
    const isObject = `typeof ${from} === "object" && ${from} !== null && !A(${from})`;
    source.line(`if (${index === 0 && dict !== undefined ? dict : isObject}) {`);
    const isEnd = index === keys.length - 1;
    const to = isEnd ? code : source.name("v");
    source.line(`${isEnd ? "" : "const "}${to} = ${from}[${JSON.stringify(key)}];`);
    if (isEnd) {
      const settle = isWhole ? `if (A(${code})) ${code} = norm(${code});` : "";
      const found = `${settle} break ${label};`;
      source.line(mayBeNothing ? found : `if (${code} !== undefined) { ${found} }`);
    }
    from = to;
  });
  source.line(`${"}".repeat(keys.length)} ${code} = ${follow}(${start}); }`);
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
      nothing === undefined && !(ends && keeps) && keys.length <= shortPath
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
      const inner = {
        ...scope,
        around: perItem(scope.around),
        input: item,
        dict: undefined,
        isResult: false,
      };
      source.line(`return ${emit(expression, inner).code};`);
    });
    return `{ descending: ${descending}, value: (${item}) => {\n${body}\n} }`;
  });
  const position = step.position === undefined ? "undefined" : String(step.position);
  source.line(`${result} = sorted(${result}, [${terms.join(", ")}], ${position}, ${isLast});`);
}
