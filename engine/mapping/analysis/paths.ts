import type { PathRead } from "../contract.ts";
import type { Ast, PathAst, Stage } from "../syntax/ast.ts";
import type { Collector } from "./collector.ts";
import {
  aside,
  below,
  itemsOf,
  bindAll,
  leaf,
  noFlow,
  perItemOf,
  sourceText,
  sourcesOf,
  under,
} from "./flow.ts";
import type { Env, Flow, Subject, Visit } from "./flow.ts";
import { variableFlow, visitGroup } from "./parts.ts";
import { manyShape } from "./shape.ts";

/** What is known after some steps of a path. */
interface Progress {
  readonly env: Env;
  /** Where the items stand, when names alone led to them. */
  readonly subject: Subject | undefined;
  /** What the items are made of, where a step computed them. */
  readonly made: Flow | undefined;
  /** Nodes of the names that make up the read. */
  readonly named: readonly Ast[];
}

/** Follows a path step by step. */
export function visitPath(ast: PathAst, env: Env, collector: Collector, visit: Visit): Flow {
  const [start, next] = ast.steps;
  if (start?.type === "variable" && next !== undefined && !env.variables.has(start.value)) {
    collector.functionAsRoot(start.value, collector.at(start.position));
  }
  let at: Progress = { env, subject: env.context, made: undefined, named: [] };
  let keepsList = ast.keepSingletonArray === true || env.inList;
  for (const [index, step] of ast.steps.entries()) {
    keepsList ||= step.keepArray === true;
    const isFirst = index === 0;
    if (isFirst && step.type === "name" && at.subject === undefined && at.made === undefined) {
      collector.unrooted(step.value, step.position, ast.steps.length === 1);
    }
    if (step.type === "name") collector.refuseQuotes(step.value, step.position);
    at = follow(step, at, { isFirst, keepsList, collector, visit });
  }
  const read = readOf(at, collector, env);
  if (ast.group !== undefined) {
    return visitGroup(ast.group, perItemOf(at.env, itemsOf(at.subject)), visit);
  }
  if (at.made !== undefined) return at.made;
  const text = at.subject && sourceText(at.subject);
  const own = leaf(text === undefined ? [] : [text]);
  if (read === undefined) return { ...own, path: at.subject };
  return { ...own, path: at.subject, read, shape: { kind: "read", read } };
}

function readOf(at: Progress, collector: Collector, env: Env): PathRead | undefined {
  if (at.subject === undefined || at.named.length === 0) return undefined;
  return collector.read({
    ...at.subject,
    at: collector.between(at.named),
    guarded: env.guarded,
    conditional: env.conditional,
  });
}

interface How {
  readonly isFirst: boolean;
  readonly keepsList: boolean;
  readonly collector: Collector;
  readonly visit: Visit;
}

function follow(step: Ast, at: Progress, how: How): Progress {
  const after = bindTuple(step, at, followStep(step, at, how));
  const stages = [...(step.stages ?? []), ...(step.predicate ?? [])];
  for (const stage of stages) if (stage.type === "filter") how.collector.refuseText(stage.expr);
  return stages.reduce((one, stage) => followStage(stage, one, how.visit), after);
}

function followStep(step: Ast, at: Progress, how: How): Progress {
  switch (step.type) {
    case "name":
      return {
        ...named(step, at),
        subject: below(at.subject, step.value),
        made: partOf(at.made, step.value),
      };
    case "wildcard":
    case "descendant":
      return {
        ...named(step, at),
        subject: below(at.subject, step.type === "wildcard" ? "*" : "?"),
        made: at.made && leaf(sourcesOf(at.made)),
      };
    case "variable":
      return how.isFirst ? head(step, at, how.collector) : computed(step, at, how);
    case "sort":
      for (const { expression } of step.terms) {
        const { read } = how.visit(expression, aside(itemEnv(at)));
        if (read !== undefined) how.collector.compare({ operator: "^", at: read.at, left: read });
      }
      return at;
    default:
      return computed(step, at, how);
  }
}

function named(step: Ast, at: Progress): Progress {
  return { ...at, named: [...at.named, step] };
}

function head(step: Ast & { type: "variable" }, at: Progress, collector: Collector): Progress {
  const flow = variableFlow(step, at.env, collector);
  if (flow.path !== undefined) return { ...named(step, at), subject: flow.path };
  return { ...at, subject: undefined, made: flow };
}

/** A name after a computed step: that part of it, or all of it where parts are not known. */
function partOf(made: Flow | undefined, name: string): Flow | undefined {
  if (made === undefined) return undefined;
  const prefixes = [`/${name}`, `/[]/${name}`];
  const parts = made.fields.flatMap(({ target, sources }) => {
    const prefix = prefixes.find((one) => target === one || target.startsWith(`${one}/`));
    if (prefix !== undefined) return [{ target: target.slice(prefix.length), sources }];
    return target === "" || target === "/[]" ? [{ target: "", sources }] : [];
  });
  return parts.length === 0 ? leaf(sourcesOf(made)) : { fields: parts };
}

function itemEnv(at: Progress): Env {
  return perItemOf(at.env, itemsOf(at.subject));
}

/** A step that makes something of each item: `.{…}`, `.[…]`, `.(…)`, `.$f(…)`. */
function computed(step: Ast, at: Progress, how: How): Progress {
  if (how.isFirst) {
    const flow = how.visit(withoutStages(step), aside(at.env));
    return flow.path === undefined
      ? {
          ...at,
          subject: undefined,
          made: step.keepArray === true ? { ...flow, shape: undefined } : flow,
        }
      : {
          ...at,
          subject: flow.path,
          made: undefined,
          named: flow.read === undefined ? [] : [step],
        };
  }
  const isConstructor = step.type === "unary" && step.value !== "-";
  const source = isConstructor ? readOf(at, how.collector, at.env) : undefined;
  const { target } = at.env;
  if (isConstructor && target !== undefined) {
    how.collector.mapped({
      target,
      ...(source === undefined ? {} : { source }),
      keepsList: how.keepsList,
      at: how.collector.at(step.position),
    });
  } else {
    readOf(at, how.collector, at.env);
  }
  // What a constructor makes is one item; what anything else gives flattens into the items.
  const inner = isConstructor
    ? { ...itemEnv(at), target: target === undefined ? undefined : `${target}/[]` }
    : { ...itemEnv(at), inList: how.keepsList };
  const flow = how.visit(withoutStages(step), inner);
  if (flow.path !== undefined && !isConstructor) {
    return { ...at, subject: flow.path, made: undefined, named: [] };
  }
  return {
    ...at,
    subject: undefined,
    made: {
      fields: flow.isMany === true ? flow.fields : under("/[]", flow),
      isMany: true,
      shape: manyShape(flow.shape),
    },
    named: [],
  };
}

function withoutStages(step: Ast): Ast {
  const { stages: _stages, predicate: _predicate, ...rest } = step;
  return rest;
}

function followStage(stage: Stage, at: Progress, visit: Visit): Progress {
  if (stage.type === "index") {
    return { ...at, env: bindAll(at.env, [[stage.value, noFlow]]) };
  }
  const flow = visit(stage.expr, aside(itemEnv(at)));
  // A text is refused there: a member was meant, and of that nothing is known.
  if (stage.expr.type === "string") return { ...at, subject: undefined, made: noFlow };
  const tested = sourcesOf(flow);
  // Of what passes, and whether it is one or many, only data tells.
  const made = at.made && {
    ...at.made,
    shape: undefined,
    fields: [...at.made.fields, ...leaf(tested).fields],
  };
  return { ...at, made, subject: itemsOf(at.subject) };
}

/** `@$v` keeps the context and names the item; `#$i` names its number. */
function bindTuple(step: Ast, before: Progress, after: Progress): Progress {
  let { env, subject, made } = after;
  if (step.index !== undefined) env = bindAll(env, [[step.index, noFlow]]);
  if (step.focus !== undefined) {
    const item: Flow = made ?? {
      path: itemsOf(subject),
      fields: leaf(
        subject === undefined ? [] : [sourceText(subject) ?? ""].filter((one) => one !== ""),
      ).fields,
    };
    env = bindAll(env, [[step.focus, item]]);
    ({ subject, made } = before);
  }
  return { ...after, env, subject, made };
}
