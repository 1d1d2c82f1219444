import type { MadeMember } from "../contract.ts";
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
  if (known !== undefined) {
    // Which of several values is meant may be asked between there and here.
    return known.shape?.kind === "either" ? { ...known, shape: undefined } : known;
  }
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

/** The entries of `{…}`, or of a grouping with its items as context, for which no collector is given. */
export function visitGroup(
  group: Group | UnaryAst,
  env: Env,
  visit: Visit,
  collector?: Collector,
): Flow {
  const members = new Map<string, MadeMember>();
  let isOpen = false;
  const fields = group.lhs.flatMap(([key, value]) => {
    const keyFlow = visit(key, aside(env));
    const name = constantOf(key);
    const part = pointerPart(typeof name === "string" ? name : "?");
    const flow = visit(value, {
      ...env,
      inList: false,
      target: env.target === undefined ? undefined : `${env.target}${part}`,
    });
    if (typeof name !== "string") isOpen = true;
    else if (collector !== undefined) {
      members.set(name, { shape: flow.shape, at: collector.at(key.position) });
    }
    return under(part, union([flow], sourcesOf(keyFlow)));
  });
  // What a grouping gathers under a key is a matter of the data.
  if (collector === undefined) return { fields };
  return { fields, shape: { kind: "object", members, isOpen, at: collector.at(group.position) } };
}
