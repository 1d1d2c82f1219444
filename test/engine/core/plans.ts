import type { SourceRef } from "../../../engine/errors/diagnostic.ts";
import { ExpressionError, NeedsFact } from "../../../engine/model/evaluation-error.ts";
import {
  type EvaluationContext,
  type Expression,
  factKey,
  type FactRequest,
  type Scope,
  type Template,
} from "../../../engine/model/expression.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../engine/model/json.ts";
import type { AdapterPlan } from "../../../engine/model/plan/adapter.ts";
import type { FlowPlan } from "../../../engine/model/plan/flow.ts";
import type { Generation, MappingPlan, SchemaPlan } from "../../../engine/model/plan/generation.ts";
import type { StepPlan } from "../../../engine/model/plan/step.ts";
import type { SystemPlan } from "../../../engine/model/plan/system.ts";
import { textOf } from "../../../engine/steps/shared/truth.ts";

/**
 * Plans for tests of the pure core, built by hand: expressions are JavaScript functions, so that
 * these tests know no YAML and no JSONata.
 */
export const at: SourceRef = { file: "test.yaml", line: 1, column: 1, length: 1 };

// oxlint-disable-next-line typescript/no-explicit-any -- tests read scopes freely
export type AnyScope = any;
type Read = (scope: AnyScope, context: EvaluationContext) => unknown;

let ids = 0;

/** An expression from a function; what it does not find is an absent path. */
export function x(read: Read, text = "x"): Expression {
  ids += 1;
  return {
    id: `e${ids}`,
    text,
    at,
    compiled: true,
    evaluate: (scope: Scope, context) => {
      try {
        return read(scope, context) as Json | undefined;
      } catch (error) {
        if (error instanceof TypeError) throw absent(error.message);
        throw error;
      }
    },
  };
}

export const absent = (message = "absent") =>
  new ExpressionError("mapping/absent-path", message, at);

/** A fact read by an expression, as `$xref` and `$reference` do. */
export function fact(context: EvaluationContext, request: FactRequest): Json {
  const value = context.facts.get(factKey(request));
  if (value === undefined) throw new NeedsFact(request);
  return value;
}

/** A template: a constant, a function, or a tree with functions inside. */
export function t(value: unknown): Template {
  const constant = isConstant(value);
  return {
    at,
    constant,
    expressions: [],
    evaluate: (scope, context) => fill(value, scope, context),
  };
}

/** A template that mixes text and expressions. */
export function mixed(...parts: readonly (string | Expression)[]): Template {
  return {
    at,
    constant: false,
    expressions: [],
    parts,
    evaluate: (scope, context) =>
      parts
        .map((part) => (typeof part === "string" ? part : textOf(part.evaluate(scope, context))))
        .join(""),
  };
}

function isConstant(value: unknown): boolean {
  if (typeof value === "function") return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isConstant);
}

function fill(value: unknown, scope: Scope, context: EvaluationContext): Json | undefined {
  if (typeof value === "function") return x(value as Read).evaluate(scope, context);
  if (Array.isArray(value)) return value.map((item) => fill(item, scope, context) ?? null);
  if (!isJsonObject(value)) return value as Json;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, fill(member, scope, context) ?? null]),
  );
}

type Loose = Readonly<Record<string, unknown>>;

/** A step; `beside` are the keys only its kind has. An id that begins with `_` is one not given. */
export function step(
  kind: string,
  id: string,
  argument: unknown,
  more: { readonly beside?: Loose; readonly common?: Loose } = {},
): StepPlan {
  return {
    kind,
    id,
    argument,
    beside: { at, ...more.beside },
    common: { at, ...more.common },
    named: !id.startsWith("_"),
    at,
  };
}

/** Every step below, whatever holds it. */
function allSteps(value: unknown): readonly StepPlan[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "kind" in value && "common" in value && "beside" in value ? [value as StepPlan] : [];
  return [...own, ...Object.values(value).flatMap(allSteps)];
}

export function flow(name: string, steps: readonly StepPlan[], more: Loose = {}): FlowPlan {
  const plan = { at, flow: name, name, layer: "process", steps, ...more };
  const all = allSteps([steps, more["onError"] ?? []]);
  return { ...plan, stepsById: new Map(all.map((one) => [one.id, one])) } as unknown as FlowPlan;
}

export function adapter(name: string, operations: Loose, more: Loose = {}): AdapterPlan {
  const auth = { kind: "none", value: true, at };
  const given: Record<string, unknown> = {};
  for (const [id, operation] of Object.entries(operations))
    given[id] = { at, ...(operation as Loose) };
  return {
    at,
    adapter: name,
    name,
    plays: "erp",
    baseUrl: t("https://erp.test"),
    auth,
    operations: given,
    ...more,
  } as unknown as AdapterPlan;
}

export function system(name: string, operations: Loose, events: Loose = {}): SystemPlan {
  return { at, system: name, name, operations, events } as unknown as SystemPlan;
}

/** A schema that checks with a function: the breaches of a value, as sentences. */
export function schema(
  name: string,
  document: JsonObject,
  check: (value: AnyScope) => readonly string[] = () => [],
): SchemaPlan {
  return {
    name,
    schema: document,
    at,
    check: (value) => check(value).map((message) => ({ pointer: "/x", message, keyword: "test" })),
  };
}

export function mapping(
  name: string,
  read: (input: AnyScope, context: EvaluationContext) => unknown,
  to?: string,
): MappingPlan {
  const expression = x(({ input }: AnyScope, context) => read(input, context));
  const contract = to === undefined ? {} : { contract: { mapping: name, from: "any", to, at } };
  return { name, expression, at, ...contract };
}

interface Parts {
  readonly flows?: readonly FlowPlan[];
  readonly adapters?: readonly AdapterPlan[];
  readonly systems?: readonly SystemPlan[];
  readonly schemas?: readonly SchemaPlan[];
  readonly mappings?: readonly MappingPlan[];
  readonly plays?: Loose;
  readonly retry?: Loose;
  readonly env?: Loose;
}

export function generation(parts: Parts): Generation {
  const byName = <T extends { readonly name: string }>(list: readonly T[] = []) =>
    new Map(list.map((one) => [one.name, one]));
  const subscriptions = new Map<string, FlowPlan[]>();
  for (const plan of parts.flows ?? []) {
    for (const trigger of plan.trigger ?? []) {
      const type = JSON.stringify(trigger.value).replaceAll('"', "");
      subscriptions.set(type, [...(subscriptions.get(type) ?? []), plan]);
    }
  }
  return {
    hash: "g1",
    workspace: {
      at,
      name: "test",
      workspace: "test",
      teams: {},
      systems: parts.plays ?? { erp: "tryton" },
      ...(parts.retry === undefined ? {} : { policies: { at, retry: parts.retry } }),
      ...(parts.env === undefined ? {} : { env: parts.env }),
    } as unknown as Generation["workspace"],
    flows: byName(parts.flows),
    systems: byName(parts.systems),
    adapters: byName(parts.adapters),
    mappings: byName(parts.mappings),
    schemas: byName(parts.schemas),
    codes: new Map(),
    subscriptions,
    files: {},
  };
}
