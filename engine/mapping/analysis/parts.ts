import { builtin } from "../builtin/index.ts";
import type { Group, UnaryAst, VariableAst } from "../syntax/ast.ts";
import type { Collector } from "./collector.ts";
import {
  aside,
  constantOf,
  noFlow,
  pointerPart,
  sourceText,
  sourcesOf,
  under,
  union,
} from "./flow.ts";
import type { Env, Flow, Visit } from "./flow.ts";

/** A variable alone; as the head of a path it is treated there. */
export function variableFlow(ast: VariableAst, env: Env, collector: Collector): Flow {
  const { value: name } = ast;
  if (name === "") return { path: env.context, fields: leafOf(env.context) };
  if (name === "$" && collector.mode === "mapping") {
    const path = { root: "input" as const, segments: [] };
    return { path, fields: leafOf(path) };
  }
  const known = env.variables.get(name);
  if (known !== undefined) return known;
  if (collector.isRoot(name)) {
    const path = { root: name, segments: [] };
    return { path, fields: leafOf(path) };
  }
  if (builtin(name) === undefined) {
    collector.unknownVariable(name, collector.at(ast.position), env.variables.keys());
  }
  return noFlow;
}

function leafOf(path: Flow["path"]): Flow["fields"] {
  const text = path && sourceText(path);
  return text === undefined ? [] : [{ target: "", sources: [text] }];
}

/** The entries of `{…}`, with the items of a grouping as context. */
export function visitGroup(group: Group | UnaryAst, env: Env, visit: Visit): Flow {
  const fields = group.lhs.flatMap(([key, value]) => {
    const keyFlow = visit(key, aside(env));
    const name = constantOf(key);
    const part = pointerPart(typeof name === "string" ? name : "?");
    const flow = visit(value, {
      ...env,
      inList: false,
      target: env.target === undefined ? undefined : `${env.target}${part}`,
    });
    return under(part, union([flow], sourcesOf(keyFlow)));
  });
  return { fields };
}
