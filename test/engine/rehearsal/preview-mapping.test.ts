import { expect, test } from "vitest";
import { NeedsFact } from "../../../engine/model/evaluation-error.ts";
import { factKey, type FactRequest } from "../../../engine/model/expression.ts";
import { previewMapping } from "../../../engine/rehearsal/index.ts";
import { expression, generation, at } from "../channels/plans.ts";

const crosswalk = [{ entity: "customer", canonical: "001A", system: "erp", id: "C-1" }];
const ask = (kind: "xref" | "canonical", system: string, id: string): FactRequest => ({
  kind,
  entity: "customer",
  system,
  id,
});

test.each([
  [ask("canonical", "erp", "C-1"), "001A"],
  [ask("xref", "erp", "001A"), "C-1"],
  [ask("xref", "billing", "001A"), null],
  [ask("canonical", "erp", "001A"), null],
])("a mapping that asks the crosswalk gets what its example says", async (request, expected) => {
  const mapping = {
    name: "erp/in",
    at,
    expression: expression((_scope, { facts }) => {
      const known = facts.get(factKey(request));
      if (known === undefined) throw new NeedsFact(request);
      return { found: known };
    }),
  };
  const world = { evaluate: async () => Promise.resolve(null) };
  const input = { generation: generation({}), mapping, value: {}, now: 0, world };
  expect((await previewMapping({ ...input, crosswalk })).output).toEqual({ found: expected });
  expect((await previewMapping(input)).output).toEqual({ found: null });
});
