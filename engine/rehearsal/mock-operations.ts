import type { SourceRef } from "../errors/diagnostic.ts";
import type { FailureClass } from "../errors/failure.ts";
import type { Expression, Scope, Template } from "../model/expression.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { AdapterPlan, ErrorRulePlan, OperationPlan } from "../model/plan/adapter.ts";
import type { Generation } from "../model/plan/generation.ts";

/** A failure that a mock answers with. */
export interface MockFailure {
  readonly class: FailureClass;
  readonly code: string;
  readonly message: string;
  readonly until?: string;
  readonly wait?: number;
}

const at: SourceRef = { file: "(mock)", line: 1, column: 1, length: 1 };

/**
 * The same generation with every operation played by a mock: one request whose body is the
 * operation's input, and whose answer is the operation's output. Contracts, schemas and flows stay;
 * vendors are gone. `failures` are the failures that mocks may answer with.
 */
export function mockOperations(
  generation: Generation,
  failures: readonly MockFailure[],
): Generation {
  const rules = failures.map((failure, index) => errorRule(failure, index));
  const adapters = new Map<string, AdapterPlan>();
  for (const [name, adapter] of generation.adapters) {
    adapters.set(name, mockAdapter(name, adapter, adapter.plays, rules));
  }
  return { ...generation, adapters };
}

function mockAdapter(
  name: string,
  adapter: AdapterPlan,
  system: string,
  rules: readonly ErrorRulePlan[],
): AdapterPlan {
  const operations: Record<string, OperationPlan> = {};
  for (const [operation, plan] of Object.entries(adapter.operations)) {
    operations[operation] = mockOperation(`${system}.${operation}`, plan, rules);
  }
  return {
    name,
    adapter: name,
    plays: system,
    baseUrl: constant(`mock://${name}`),
    auth: { kind: "none", value: true, at },
    operations,
    at,
  };
}

function mockOperation(
  name: string,
  plan: OperationPlan,
  errors: readonly ErrorRulePlan[],
): OperationPlan {
  return {
    ...(plan.effect === undefined ? {} : { effect: plan.effect }),
    ...(plan.input === undefined ? {} : { input: plan.input }),
    ...(plan.output === undefined ? {} : { output: plan.output }),
    request: {
      post: constant(`/${name}`),
      body: template((scope) => scope["input"] as Json),
      result: expression(`mock:${name}`, (scope) => {
        const response = scope["response"];
        return isJsonObject(response) && isJsonObject(response["body"])
          ? response["body"]["returns"]
          : undefined;
      }),
      at,
    },
    errors,
    inDoubt: { kind: "park", value: true, at },
    at,
  };
}

function errorRule(failure: MockFailure, index: number): ErrorRulePlan {
  return {
    when: expression(`mock-failure:${index}`, (scope) => {
      const response = scope["response"];
      return (
        isJsonObject(response) &&
        isJsonObject(response["body"]) &&
        response["body"]["fails"] === index
      );
    }),
    class: failure.class,
    code: failure.code,
    message: constant(failure.message),
    ...(failure.until === undefined ? {} : { until: failure.until }),
    ...(failure.wait === undefined ? {} : { wait: failure.wait }),
    at,
  };
}

function expression(id: string, evaluate: (scope: Scope) => Json | undefined): Expression {
  return { id, text: id, at, compiled: true, evaluate };
}

function template(evaluate: (scope: Scope) => Json | undefined): Template {
  return { at, constant: false, expressions: [], evaluate };
}

function constant(value: Json): Template {
  return { at, constant: true, expressions: [], evaluate: () => value };
}
