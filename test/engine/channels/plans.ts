import { expect } from "vitest";
import type { EvaluationContext, Expression, Template } from "../../../engine/model/expression.ts";
import type { Delivery } from "../../../engine/model/delivery.ts";
import type { Json } from "../../../engine/model/json.ts";
import type { AdapterPlan } from "../../../engine/model/plan/adapter.ts";
import type { FlowPlan } from "../../../engine/model/plan/flow.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { Log } from "../../../engine/ports/log.ts";
import type { Secrets } from "../../../engine/ports/secrets.ts";

export const at = { file: "test.yaml", line: 1, column: 1, length: 1 };

type Evaluate = (scope: never, context: EvaluationContext) => Json | undefined;

/** An expression made of a function: channels are tested without the compiler. */
export function expression(evaluate: Evaluate): Expression {
  return {
    id: "test",
    text: "(test)",
    at,
    compiled: true,
    evaluate,
  };
}

export function template(value: Json | Evaluate): Template {
  const evaluate = typeof value === "function" ? value : () => value;
  const inner = expression(evaluate);
  return {
    at,
    constant: typeof value !== "function",
    expressions: [inner],
    evaluate,
  };
}

export function adapter(
  name: string,
  baseUrl: string,
  more: Partial<AdapterPlan> = {},
): AdapterPlan {
  return {
    at,
    name,
    adapter: name,
    plays: "erp",
    baseUrl: template(baseUrl),
    auth: { kind: "none", value: true, at },
    operations: {},
    ...more,
  };
}

export function flow(name: string, more: Partial<FlowPlan> = {}): FlowPlan {
  return { at, name, flow: name, layer: "process", steps: [], stepsById: new Map(), ...more };
}

export function generation(parts: {
  readonly adapters?: readonly AdapterPlan[];
  readonly flows?: readonly FlowPlan[];
  readonly workspace?: Partial<Generation["workspace"]>;
  readonly schemas?: Generation["schemas"];
  readonly mappings?: Generation["mappings"];
}): Generation {
  const { adapters = [], flows = [], workspace = {} } = parts;
  return {
    hash: "test",
    workspace: { at, name: "test", workspace: "test", teams: {}, systems: {}, ...workspace },
    flows: new Map(flows.map((plan) => [plan.name, plan])),
    systems: new Map(),
    adapters: new Map(adapters.map((plan) => [plan.name, plan])),
    mappings: parts.mappings ?? new Map(),
    schemas: parts.schemas ?? new Map(),
    codes: new Map(),
    subscriptions: new Map(),
    files: {},
  };
}

export function delivery(url: string, more: Partial<Delivery> = {}): Delivery {
  return {
    id: "d-1",
    runId: "r-1",
    flow: "orders",
    generation: "test",
    correlationId: "c-1",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    status: "pending",
    createdAt: 0,
    path: "steps.order/create",
    system: "erp",
    adapter: "tryton",
    operation: "createOrder",
    read: false,
    effectKey: "effect-1",
    attempt: 0,
    due: 0,
    markSent: false,
    ...more,
    request: {
      method: "POST",
      url,
      headers: {},
      body: { a: 1 },
      encode: "json",
      timeoutMs: 5_000,
      ...more.request,
    },
  };
}

export function secretsOf(values: Readonly<Record<string, string>>): Secrets {
  return { secret: (name) => values[name], env: (name) => values[name] };
}

/** A log that keeps its lines, as text, to be searched. */
export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    write: (level, message, fields) => {
      lines.push(JSON.stringify({ level, message, ...fields }));
    },
  };
}

/** Matches a string that holds `text`, without the matcher's `any`. */
export const containing = (text: string): unknown => expect.stringContaining(text);
