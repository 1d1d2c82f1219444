import type { Ast } from "./ast.ts";

/** The nodes directly below, in source order as far as the tree tells. */
export function children(node: Ast): readonly Ast[] {
  const own = ownChildren(node);
  const { predicate, stages } = node;
  if (predicate === undefined && stages === undefined && node.group === undefined) return own;
  const filters = [...(predicate ?? []), ...(stages ?? [])]
    .filter((stage) => stage.type === "filter")
    .map((stage) => stage.expr);
  const group = (node.group?.lhs ?? []).flat();
  return [...own, ...filters, ...group];
}

function ownChildren(node: Ast): readonly Ast[] {
  switch (node.type) {
    case "path":
      return node.steps;
    case "binary":
    case "apply":
      return [node.lhs, node.rhs];
    case "unary":
      if (node.value === "[") return node.expressions;
      return node.value === "{" ? node.lhs.flat() : [node.expression];
    case "condition":
      return [node.condition, node.then, ...(node.else === undefined ? [] : [node.else])];
    case "block":
      return node.expressions;
    case "bind":
      return [node.rhs];
    case "function":
    case "partial":
      return [node.procedure, ...node.arguments];
    case "lambda":
      return [node.body];
    case "transform":
      return [node.pattern, node.update, ...(node.delete === undefined ? [] : [node.delete])];
    case "sort":
      return node.terms.map((term) => term.expression);
    default:
      return [];
  }
}

/** Names that `:=` binds in the frame these nodes share: not those of inner blocks and functions. */
export function boundNames(nodes: readonly Ast[]): readonly string[] {
  return nodes.flatMap(namesBoundIn);
}

function namesBoundIn(node: Ast): readonly string[] {
  const known = bindings.get(node);
  if (known !== undefined) return known;
  const isFrame = node.type === "block" || (node.type === "lambda" && node.thunk !== true);
  const within = boundNames(isFrame ? stagesOf(node) : children(node));
  const names = node.type === "bind" ? [node.lhs.value, ...within] : within;
  bindings.set(node, names.length === 0 ? none : names);
  return names;
}

/** Each object and list asks for what is bound in it, and they stand in one another. */
const bindings = new WeakMap<Ast, readonly string[]>();
const none: readonly string[] = [];

function stagesOf(node: Ast): readonly Ast[] {
  const { predicate = [], stages = [], group } = node;
  const filters = [...predicate, ...stages].filter((stage) => stage.type === "filter");
  return [...filters.map((stage) => stage.expr), ...(group?.lhs ?? []).flat()];
}

/** How many nodes a tree has: what its evaluation costs at most, but for loops and calls. */
export function weightOf(node: Ast): number {
  const known = weights.get(node);
  if (known !== undefined) return known;
  let weight = 1;
  for (const child of children(node)) weight += weightOf(child);
  weights.set(node, weight);
  return weight;
}

/** Each function asks for its body's, and they stand in one another. */
const weights = new WeakMap<Ast, number>();
