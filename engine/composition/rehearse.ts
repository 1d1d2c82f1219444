import { decide, intake } from "../core/index.ts";
import { digest } from "./digest.ts";
import { ExpressionError } from "../model/evaluation-error.ts";
import type { EvaluationContext, FactRequest } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { Generation, MappingPlan } from "../model/plan/generation.ts";
import type { FlowTest } from "../model/plan/flow-test.ts";
import { evaluateWithLibrary } from "../mapping/index.ts";
import {
  type CaseResult,
  differences,
  type FlowPreview,
  planFlow,
  type PlanInput,
  type Preview,
  type PreviewInput,
  previewMapping,
  type RehearsalWorld,
  runCase,
  sentence,
} from "../rehearsal/index.ts";

const rules = { decide, intake };
type EvaluateRequest = Extract<FactRequest, { kind: "evaluate" }>;

/** Time at which previews happen: the same input gives the same output, `$now()` included. */
const previewNow = 1_768_478_400_000;

function evaluator(generation: Generation) {
  const context: EvaluationContext = {
    now: previewNow,
    seed: "rehearsal",
    facts: new Map(),
    codes: generation.codes,
  };
  return async (request: EvaluateRequest): Promise<Json> =>
    (await evaluateWithLibrary(request.expression, request.scope, context)) ?? null;
}

export { differences } from "../rehearsal/index.ts";

/** A mapping on one value. */
export async function preview(
  generation: Generation,
  mapping: MappingPlan,
  value: Json,
  crosswalk: PreviewInput["crosswalk"] = [],
): Promise<Preview> {
  return previewMapping({
    generation,
    mapping,
    value,
    crosswalk,
    now: previewNow,
    world: { evaluate: evaluator(generation) },
  });
}

/** All cases of one flow test. */
export async function runFlowTest(
  generation: Generation,
  test: FlowTest,
  env: (name: string) => string | undefined = () => undefined,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const testCase of test.cases) {
    results.push(
      await runCase({
        generation,
        test,
        testCase,
        rules,
        world: { digest, env, evaluate: evaluator(generation) },
        instant: (text) => Date.parse(text),
      }),
    );
  }
  return results;
}

/** One example of a mapping's contract, run. */
export interface ExampleResult {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly problems: readonly string[];
}

/** The examples of every mapping's contract: output to the letter, both schemas kept. */
export async function checkExamples(generation: Generation): Promise<readonly ExampleResult[]> {
  const results: ExampleResult[] = [];
  for (const mapping of generation.mappings.values()) {
    for (const example of mapping.contract?.examples ?? []) {
      const problems = await exampleProblems(generation, mapping, example);
      results.push({
        file: example.at.file,
        name: `${mapping.name}: ${example.name}`,
        passed: problems.length === 0,
        problems,
      });
    }
  }
  return results;
}

type Example = NonNullable<NonNullable<MappingPlan["contract"]>["examples"]>[number];

async function exampleProblems(
  generation: Generation,
  mapping: MappingPlan,
  example: Example,
): Promise<string[]> {
  try {
    // Contracts are YAML: whatever stands there is JSON.
    const found = await preview(generation, mapping, example.input as Json, example.crosswalk);
    return [
      ...found.inputBreaches.map(({ pointer, message }) => `input ${pointer}: ${message}`),
      ...found.outputBreaches.map(({ pointer, message }) => `output ${pointer}: ${message}`),
      ...differences(example.output, found.output).map(sentence),
    ];
  } catch (error) {
    if (error instanceof ExpressionError) {
      return [
        `${error.at.file}:${error.at.line}:${error.at.column}: ${error.message} [${error.code}]`,
      ];
    }
    throw error;
  }
}

/** What a flow would do with an event: nothing is written, and only reads are sent, if at all. */
export async function plan(
  input: Omit<PlanInput, "world" | "rules"> & Pick<RehearsalWorld, "fact" | "env">,
): Promise<FlowPreview> {
  const { fact, env, ...rest } = input;
  return planFlow({
    ...rest,
    rules,
    world: { digest, env, fact, evaluate: evaluator(input.generation) },
  });
}
