import { expect, test } from "vitest";
import type { AdapterPlan } from "../../../../engine/model/plan/adapter.ts";
import type { SchemaPlan } from "../../../../engine/model/plan/generation.ts";
import { encode } from "../../../../engine/steps/operation/codec.ts";

const at = { file: "adapter.yaml", line: 1, column: 1, length: 1 };
const codec: NonNullable<AdapterPlan["codec"]> = {
  tag: "__class__",
  types: { decimal: { tag: "Decimal", fields: { decimal: "text" }, at } },
  at,
};
const amount = { type: "string", format: "decimal" };
const schema: SchemaPlan = {
  name: "vendor/arguments",
  schema: { type: "array", prefixItems: [{ const: "create" }, amount], items: { type: "string" } },
  at,
  check: () => [],
};

test("an item of a tuple is tagged by the schema of its place, and the others are not", () => {
  expect(encode(["create", "49.00", "49.00"], codec, schema, new Map())).toEqual([
    "create",
    { __class__: "Decimal", decimal: "49.00" },
    "49.00",
  ]);
});
