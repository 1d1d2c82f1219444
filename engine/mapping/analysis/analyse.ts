import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Analysis, ComparisonOperator, ExpressionSource, Shape } from "../contract.ts";
import type { Json } from "../../model/json.ts";
import { compileRegex } from "../builtin/pattern.ts";
import { isCoalesce } from "../syntax/ast.ts";
import type {
  Ast,
  BinaryAst,
  BlockAst,
  ConditionAst,
  UnaryAst,
  VariableAst,
} from "../syntax/ast.ts";
import { boundNames } from "../syntax/walk.ts";
import { visitApply, visitCall, visitLambda } from "./calls.ts";
import { Collector } from "./collector.ts";
import type { Env, Flow, Visit } from "./flow.ts";
import {
  aside,
  itemsOf,
  behindCondition,
  bindAll,
  constantOf,
  leaf,
  noFlow,
  perItemOf,
  sourcesOf,
  under,
  union,
  Variables,
} from "./flow.ts";
import { variableFlow, visitGroup } from "./parts.ts";
import { visitPath } from "./paths.ts";
import { constantShape, eitherShape, operatorShape } from "./shape.ts";

const comparisons = new Set(["=", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/"]);

/** What can be said of an expression without data, and what is wrong with its names. */
export function analyse(
  ast: Ast,
  source: ExpressionSource,
): { readonly analysis: Analysis; readonly diagnostics: readonly Diagnostic[] } {
  const collector = new Collector(source);
  const context = source.mode === "mapping" ? { root: "input" as const, segments: [] } : undefined;
  const env: Env = {
    context,
    variables: new Variables(boundNames([ast]).map((name) => [name, noFlow] as const)),
    guarded: false,
    conditional: false,
    target: "",
    inList: false,
    followed: 0,
  };
  const flow = visitor(collector)(ast, env);
  return { analysis: collector.analysis(flow), diagnostics: collector.diagnostics };
}

function visitor(collector: Collector): Visit {
  const visit: Visit = (ast, env) => {
    collector.visited();
    const own = visitOwn(ast, env, collector, visit);
    if (ast.type === "path") return own;
    for (const stage of ast.predicate ?? []) {
      collector.refuseText(stage.expr);
      visit(stage.expr, aside(perItemOf(env, itemsOf(own.path))));
    }
    const isWhole = (ast.predicate ?? []).length === 0 && ast.keepArray !== true;
    const flow = isWhole ? own : { ...own, shape: undefined };
    return ast.group === undefined ? flow : visitGroup(ast.group, perItemOf(env, own.path), visit);
  };
  return visit;
}

function visitOwn(ast: Ast, env: Env, collector: Collector, visit: Visit): Flow {
  switch (ast.type) {
    case "path":
    case "name":
    case "wildcard":
    case "descendant":
      return visitPath(
        ast.type === "path" ? ast : { type: "path", steps: [ast] },
        env,
        collector,
        visit,
      );
    case "variable":
      return visitVariable(ast, env, collector);
    case "unary":
      return visitUnary(ast, env, collector, visit);
    case "binary":
      return visitBinary(ast, env, collector, visit);
    case "condition":
      return visitCondition(ast, env, visit);
    case "block":
      return visitBlock(ast, env, visit);
    case "bind":
      return visit(ast.rhs, env);
    case "function":
    case "partial":
      return visitCall(ast, env, collector, visit);
    case "lambda":
      return visitLambda(ast, env, visit);
    case "apply":
      return visitApply(ast, env, collector, visit);
    case "transform": {
      const inner = aside(perItemOf(env, undefined));
      const parts = [ast.pattern, ast.update, ...(ast.delete === undefined ? [] : [ast.delete])];
      return leaf(sourcesOf(...parts.map((part) => visit(part, inner))));
    }
    case "regex":
      checkRegex(ast.value, ast.position, collector);
      return noFlow;
    case "string":
    case "number":
    case "value":
      refuseTemplate(ast.value, ast.position, collector);
      return { ...noFlow, shape: constantShape(ast.value, collector.at(ast.position)) };
    default:
      return noFlow;
  }
}

/** `"S-${data.number}"`: the text of another language, which stays as it is here. */
function refuseTemplate(value: Json, position: number | undefined, collector: Collector): void {
  if (typeof value !== "string") return;
  const [, root] = /^\$([a-z]+)(?:\.\w+)+$/.exec(value) ?? [];
  if (root !== undefined && collector.mode === "strict" && collector.isRoot(root)) {
    collector.report({
      code: "mapping/template-in-text",
      severity: "error",
      message: `"${value}" is a text here, as it stands`,
      at: collector.at(position),
      help: `write ${value}, without quotes`,
    });
    return;
  }
  // `{{1}}` and `{{name}}` are what message templates of partners have; a path is none of theirs.
  const [template, inner, braced] =
    /\$\{\s*([^{}]+?)\s*\}|\{\{\s*(\$?\w+(?:\.\w+)+)\s*\}\}/.exec(value) ?? [];
  const path = inner ?? braced;
  if (template === undefined || path === undefined) return;
  collector.report({
    code: "mapping/template-in-text",
    severity: "error",
    message: `"${template}" is a text here, as it stands`,
    at: collector.at(position),
    help: value === template ? `write ${path}` : `join what it is made of: 'text' & ${path}`,
  });
}

function checkRegex(value: RegExp, position: number | undefined, collector: Collector): void {
  const compiled = compileRegex(value);
  if (typeof compiled !== "string") return;
  collector.report({
    code: "mapping/bad-pattern",
    severity: "error",
    message: `the regular expression cannot be run in linear time: ${compiled}`,
    at: collector.at(position),
    help: "look-around and back-references are not available; $replace or $split in two steps often does it",
  });
}

function visitVariable(ast: VariableAst, env: Env, collector: Collector): Flow {
  const flow = variableFlow(ast, env, collector);
  if (flow.path === undefined || env.variables.has(ast.value)) return flow;
  const read = collector.read({
    ...flow.path,
    at: collector.at(ast.position),
    guarded: env.guarded,
    conditional: env.conditional,
  });
  return { ...flow, read, shape: { kind: "read", read } };
}

function visitUnary(ast: UnaryAst, env: Env, collector: Collector, visit: Visit): Flow {
  if (ast.value === "{") {
    refuseBindings(ast.lhs.flat(), ast, collector);
    for (const [key] of ast.lhs) noteBareKey(key, collector);
    refuseTwice(ast, collector);
    return visitGroup(ast, env, visit, collector);
  }
  const at = collector.at(ast.position);
  if (ast.value === "-") {
    const flow = leaf(sourcesOf(visit(ast.expression, aside(env))));
    return { ...flow, shape: operatorShape("-", at) };
  }
  refuseBindings(ast.expressions, ast, collector);
  const shapes: (Shape | undefined)[] = [];
  const items = ast.expressions.map((item) => {
    const isConstructor = item.type === "unary";
    const flow = visit(item, {
      ...env,
      inList: !isConstructor,
      target: isConstructor && env.target !== undefined ? `${env.target}/[]` : env.target,
    });
    shapes.push(flow.shape);
    return flow.isMany === true && !isConstructor ? flow : { fields: under("/[]", flow) };
  });
  return { fields: union(items).fields, isMany: false, shape: { kind: "list", items: shapes, at } };
}

/** `{ orderId: … }`: JSONata reads the name of the member from the input, where JavaScript would not. */
function noteBareKey(key: Ast, collector: Collector): void {
  const step = key.type === "path" && key.steps.length === 1 ? key.steps[0] : key;
  if (step?.type === "name") collector.bareKey(step.value, collector.at(step.position));
}

/** A member that is made twice stops the evaluation of every message. */
function refuseTwice({ lhs }: UnaryAst, collector: Collector): void {
  const first = new Map<string, SourceRef>();
  for (const [key] of lhs) {
    const name = constantOf(key);
    if (typeof name !== "string") continue;
    const at = collector.at(key.position);
    const before = first.get(name);
    first.set(name, before ?? at);
    if (before === undefined) continue;
    collector.report({
      code: "mapping/duplicate-member",
      severity: "error",
      message: `the member "${name}" is made a second time`,
      at,
      help: "keep one of the two",
      related: [{ at: before, message: "it is made here first" }],
    });
  }
}

function refuseBindings(parts: readonly Ast[], ast: Ast, collector: Collector): void {
  const [name] = boundNames(parts);
  if (name === undefined) return;
  collector.report({
    code: "mapping/bind-in-constructor",
    severity: "error",
    message: `"$${name}" is bound within a list or object, whose entries have no order`,
    at: collector.at(ast.position),
    help: `bind it before: ( $${name} := …; … )`,
  });
}

function visitBinary(ast: BinaryAst, env: Env, collector: Collector, visit: Visit): Flow {
  const left = visit(ast.lhs, aside(env));
  const isGuard = ast.value === "and" || ast.value === "or";
  const right = visit(ast.rhs, aside(isGuard ? behindCondition(env) : env));
  if (comparisons.has(ast.value)) {
    const [leftConstant, rightConstant] = [constantOf(ast.lhs), constantsOf(ast.rhs)];
    collector.compare({
      operator: ast.value as ComparisonOperator,
      at: collector.at(ast.position),
      ...(left.read === undefined ? {} : { left: left.read }),
      ...(right.read === undefined ? {} : { right: right.read }),
      ...(leftConstant === undefined ? {} : { leftConstant }),
      ...(rightConstant === undefined ? {} : { rightConstant }),
    });
  }
  const shape = operatorShape(ast.value, collector.at(ast.position));
  return { ...leaf(sourcesOf(left, right)), shape };
}

/** A literal, or a list of literals as `in` takes it. */
function constantsOf(ast: Ast): Json | undefined {
  if (ast.type !== "unary" || ast.value !== "[") return constantOf(ast);
  const items = ast.expressions.map(constantOf);
  return items.includes(undefined) ? undefined : (items as Json[]);
}

function visitCondition(ast: ConditionAst, env: Env, visit: Visit): Flow {
  const behind = behindCondition(env);
  const otherwise = ast.else === undefined ? [] : [visit(ast.else, behind)];
  const { condition } = ast;
  // `??` and `?:` hold their left side twice; it is one operand.
  if (isCoalesce(ast) || isSamePlace(condition, ast.then)) {
    const value = visit(ast.then, { ...env, guarded: true });
    const shape = eitherShape([value, ...otherwise].map((flow) => flow.shape));
    return { ...union([value, ...otherwise]), read: value.read, shape };
  }
  const test = visit(condition, aside(env));
  const branches = [visit(ast.then, behind), ...otherwise];
  const shape = eitherShape(branches.map((flow) => flow.shape));
  return { ...union(branches, sourcesOf(test)), shape };
}

function isSamePlace(a: Ast, b: Ast): boolean {
  const end = (node: Ast) => (node.type === "path" ? node.steps.at(-1)?.position : node.position);
  return end(a) !== undefined && end(a) === end(b);
}

function visitBlock(ast: BlockAst, env: Env, visit: Visit): Flow {
  let inner = bindAll(
    env,
    boundNames(ast.expressions).map((name) => [name, env.variables.get(name) ?? noFlow] as const),
  );
  let last = noFlow;
  for (const [index, part] of ast.expressions.entries()) {
    last = visit(part, index === ast.expressions.length - 1 ? inner : aside(inner));
    if (part.type === "bind") inner = bindAll(inner, [[part.lhs.value, last]]);
  }
  return last;
}
