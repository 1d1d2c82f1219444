import type { Json } from "../../model/json.ts";
import { builtin } from "../builtin/index.ts";
import type { ApplyAst, Ast, CallAst, LambdaAst } from "../syntax/ast.ts";
import { library } from "../library/index.ts";
import { boundNames } from "../syntax/walk.ts";
import type { Collector } from "./collector.ts";
import {
  aside,
  itemsOf,
  bindAll,
  constantOf,
  leaf,
  noFlow,
  perItemOf,
  sourceText,
  sourcesOf,
  under,
  union,
} from "./flow.ts";
import type { Env, Flow, Visit } from "./flow.ts";
import { calledShape, manyShape, mergedShape } from "./shape.ts";

/** Which parameter of the function given to a built-in holds the items of the first argument. */
const itemParameters: Readonly<Record<string, readonly number[]>> = {
  map: [0],
  filter: [0],
  single: [0],
  each: [0],
  sift: [0],
  sort: [0, 1],
  reduce: [1],
};
/** Functions of the expression are followed into one another this deep. */
const followedMost = 6;

/** What follows a function into its body. */
interface Walk {
  readonly collector: Collector;
  readonly visit: Visit;
}

/** A function value: its body is looked at where it is called, and once here with unknown arguments. */
export function visitLambda(ast: LambdaAst, env: Env, visit: Visit): Flow {
  if (ast.thunk === true) return visit(ast.body, env);
  const inner = parametersIn(ast, env, []);
  visit(ast.body, { ...aside(inner), guarded: false, conditional: true });
  return { fields: [], lambda: { ast, env } };
}

function parametersIn(ast: LambdaAst, env: Env, args: readonly Flow[]): Env {
  const own = boundNames([ast.body]).map((name) => [name, noFlow] as const);
  const given = ast.arguments.map((name, index) => [name.value, args[index] ?? noFlow] as const);
  return bindAll(env, [...own, ...given]);
}

/** `$f(…)`. */
export function visitCall(
  ast: CallAst,
  env: Env,
  collector: Collector,
  visit: Visit,
  piped?: Flow,
): Flow {
  const name = nameOf(ast.procedure);
  const target = name === undefined ? undefined : env.variables.get(name);
  const isGuard = name === "exists" || name === "optional";
  const inner = { ...aside(env), guarded: env.guarded || isGuard };
  const args = [
    ...(piped === undefined ? [] : [piped]),
    ...ast.arguments.map((argument) => visit(argument, inner)),
  ];
  checkName(ast, env, collector, visit);
  if (name !== undefined && target === undefined) {
    if (ast.type === "function") checkCount(name, ast, args.length, collector);
    const constants: (Json | undefined)[] = ast.arguments.map(constantOf);
    const places = ast.arguments.map((one, index) =>
      constants[index] === undefined ? undefined : collector.at(one.position),
    );
    collector.use({
      name,
      at: collector.at(ast.procedure.position),
      constants: piped === undefined ? constants : [undefined, ...constants],
      constantsAt: piped === undefined ? places : [undefined, ...places],
      paths: args.map((flow) => flow.read),
    });
  }
  if (target?.lambda !== undefined)
    return callLambda(target.lambda, args, env, { collector, visit });
  if (target !== undefined) return leaf(sourcesOf(target, ...args));
  const called = callBuiltin(name ?? "", args, env, { collector, visit });
  const at = collector.at(ast.procedure.position);
  const made = { ...called, shape: calledShape(name ?? "", at) ?? called.shape };
  // What may not be compared as a text may not as a rounded number; mappings may make numbers.
  return name === "number" && collector.mode === "strict" ? { ...made, read: args[0]?.read } : made;
}

function checkCount(name: string, ast: CallAst, given: number, collector: Collector): void {
  const takes = builtin(name)?._takes;
  if (takes === undefined || (given >= takes.least && given <= takes.most)) return;
  const { least, most } = takes;
  const range =
    least === most ? `${least}` : given < least ? `at least ${least}` : `at most ${most}`;
  const noun = (given < least ? least : most) === 1 ? "argument" : "arguments";
  const signature = library.find((entry) => entry.name === name)?.signature;
  collector.report({
    code: "mapping/argument-count",
    severity: "error",
    message: `"$${name}" takes ${range} ${noun}, and ${given} ${given === 1 ? "is" : "are"} given`,
    at: collector.at(ast.procedure.position),
    ...(signature === undefined ? {} : { help: `write ${signature}` }),
  });
}

function nameOf(procedure: Ast): string | undefined {
  return procedure.type === "variable" && procedure.value !== "" ? procedure.value : undefined;
}

function checkName(ast: CallAst, env: Env, collector: Collector, visit: Visit): void {
  const { procedure } = ast;
  if (procedure.type === "path" && procedure.steps.length === 1) {
    const [step] = procedure.steps;
    if (step?.type === "name") {
      collector.unknownFunction(step.value, step.position, env.variables.keys());
    }
    return;
  }
  const name = nameOf(procedure);
  if (name === undefined) {
    visit(procedure, aside(env));
  } else if (name === "eval") {
    collector.report({
      code: "mapping/eval-refused",
      severity: "error",
      message: "$eval is not available: what runs must be readable before it runs",
      at: collector.at(procedure.position),
      help: "write the expression itself, or choose between several by a condition",
    });
  } else if (!env.variables.has(name) && builtin(name) === undefined) {
    collector.unknownFunction(name, procedure.position, env.variables.keys());
  }
}

function callLambda(
  { ast, env: home }: NonNullable<Flow["lambda"]>,
  args: readonly Flow[],
  env: Env,
  { collector, visit }: Walk,
): Flow {
  if (env.followed >= followedMost || !collector.mayFollow) return leaf(sourcesOf(...args));
  const inner = parametersIn(ast, { ...home, variables: home.variables }, args);
  const flow = visit(ast.body, {
    ...aside(inner),
    guarded: false,
    conditional: true,
    target: env.target,
    followed: env.followed + 1,
  });
  return flow.fields.length === 0 ? leaf(sourcesOf(...args)) : flow;
}

function callBuiltin(name: string, args: readonly Flow[], env: Env, walk: Walk): Flow {
  const [first = noFlow, second = noFlow] = args;
  const positions = Object.hasOwn(itemParameters, name) ? itemParameters[name] : undefined;
  if (positions !== undefined && second.lambda !== undefined) {
    return callHigher(name, { first, second, positions }, env, walk);
  }
  switch (name) {
    case "filter":
    case "sort":
    case "reverse":
    case "distinct":
    case "optional":
      return first;
    case "append":
      return union([first, second]);
    case "merge":
      return { fields: stripItems(first), shape: mergedShape(first.shape) };
    case "keys":
    case "exists":
    case "count":
      return leaf(sourcesOf(first));
    default: {
      const context =
        args.length === 0 && env.context !== undefined && name !== "now" && name !== "millis";
      const text = context && env.context !== undefined ? sourceText(env.context) : undefined;
      return leaf([...sourcesOf(...args), ...(text === undefined ? [] : [text])]);
    }
  }
}

/** `$merge([{…}, {…}])`: the members of the list's items are the members of the result. */
function stripItems(flow: Flow): Flow["fields"] {
  return flow.fields.map(({ target, sources }) => ({
    target: target.startsWith("/[]") ? target.slice(3) : target,
    sources,
  }));
}

function callHigher(
  name: string,
  { first, second, positions }: { first: Flow; second: Flow; positions: readonly number[] },
  env: Env,
  walk: Walk,
): Flow {
  const { lambda } = second;
  if (lambda === undefined) return leaf(sourcesOf(first, second));
  const item: Flow = {
    path: itemsOf(first.path),
    fields: first.isMany === true || first.path === undefined ? stripItems(first) : first.fields,
  };
  const args: Flow[] = [];
  for (const position of positions) args[position] = item;
  const filled = Array.from({ length: Math.max(0, ...positions) + 1 }, (_, i) => args[i] ?? noFlow);
  const target = env.target === undefined ? undefined : `${env.target}/[]`;
  const made = callLambda(
    lambda,
    filled,
    { ...env, target: name === "map" ? target : undefined },
    walk,
  );
  if (name === "map") {
    return { fields: under("/[]", made), isMany: true, shape: manyShape(made.shape) };
  }
  if (name === "reduce") return union([made], sourcesOf(first));
  if (name === "each") return leaf(sourcesOf(made, first));
  const tested = leaf(sourcesOf(made)).fields;
  // Which of them remain is a matter of the data.
  return { ...first, read: undefined, shape: undefined, fields: [...first.fields, ...tested] };
}

/** `a ~> $f(b)`, `a ~> $f`, `a ~> |…|…|`. */
export function visitApply(ast: ApplyAst, env: Env, collector: Collector, visit: Visit): Flow {
  const guard = ast.rhs.type === "function" ? nameOf(ast.rhs.procedure) : undefined;
  const guarded = env.guarded || guard === "exists" || guard === "optional";
  const left = visit(ast.lhs, { ...aside(env), guarded });
  if (ast.rhs.type === "function") return visitCall(ast.rhs, env, collector, visit, left);
  const name = nameOf(ast.rhs);
  const known = name === undefined ? undefined : env.variables.get(name);
  if (known?.lambda !== undefined)
    return callLambda(known.lambda, [left], env, { collector, visit });
  const right = visit(ast.rhs, aside(perItemOf(env, env.context)));
  if (right.lambda !== undefined)
    return callLambda(right.lambda, [left], env, { collector, visit });
  return name === undefined
    ? leaf(sourcesOf(left, right))
    : callBuiltin(name, [left], env, { collector, visit });
}
