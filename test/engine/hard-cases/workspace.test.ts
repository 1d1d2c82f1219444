import { expect, test } from "vitest";
import { digest } from "../../../engine/composition/digest.ts";
import { checkExamples, runFlowTest } from "../../../engine/composition/rehearse.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { files } from "./kit.ts";

const { generation, diagnostics, tests } = compileWorkspace(files, { digest });

test("every hard case can be said, and nothing is found wrong with it", () => {
  expect(diagnostics).toEqual([]);
  expect(generation).toBeDefined();
});

test.for(tests.map(({ test: flowTest }) => [flowTest.test, flowTest] as const))(
  "%s",
  async ([, flowTest]) => {
    if (generation === undefined) throw new Error("the workspace does not compile");
    const results = await runFlowTest(generation, flowTest);
    expect(
      results.filter(({ passed }) => !passed).map(({ name, problems }) => ({ name, problems })),
    ).toEqual([]);
  },
);

test("mappings do what their examples say", async () => {
  if (generation === undefined) throw new Error("the workspace does not compile");
  const results = await checkExamples(generation);
  expect(results).toHaveLength(4);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
});
