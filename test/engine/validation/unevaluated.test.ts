import { describe, expect, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import { compileSchemas } from "../../../engine/validation/index.ts";

const at = { file: "schemas/x.yaml", line: 1, column: 1, length: 1 };

function breaches(schema: Json, value: Json, others: Readonly<Record<string, Json>> = {}) {
  const all = Object.entries({ ...others, "canonical/x@1": schema });
  const plans = compileSchemas(new Map(all.map(([name, one]) => [name, { schema: one, at }])));
  return (plans.get("canonical/x@1")?.check(value) ?? []).map(({ pointer }) => pointer);
}

const address = { type: "object", properties: { street: { type: "string" } } };

/** Each with values that it takes, and values that it refuses, as JSON Schema 2020-12 says. */
const cases: Readonly<
  Record<string, { readonly schema: Json; readonly sound: Json; readonly broken: Json }>
> = {
  "a dependent schema that does not apply": {
    schema: {
      properties: { a: true, b: true },
      dependentSchemas: { c: { properties: { c: true } } },
      unevaluatedProperties: false,
    },
    sound: [{ b: 2 }, { a: 1, b: 2 }, { c: 1 }],
    broken: [{ d: 1 }, { c: 1, d: 1 }],
  },
  "a condition that does not hold": {
    schema: {
      properties: { kind: true, a: true },
      if: { properties: { kind: { const: "x" } }, required: ["kind"] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { properties: { b: true }, required: ["b"] },
      unevaluatedProperties: false,
    },
    sound: [{ kind: "y", a: 1 }, { a: 1 }, { kind: "x", b: 1 }],
    broken: [{ kind: "y", b: 1 }, { kind: "x" }, { kind: "x", b: 1, c: 1 }],
  },
  "a condition without consequence": {
    schema: { if: { properties: { a: { const: 1 } } }, unevaluatedProperties: false },
    sound: [{ a: 1 }, {}],
    broken: [{ a: 2 }, { a: 1, b: 1 }],
  },
  "what only the alternative names that does not hold": {
    schema: {
      properties: { b: true },
      anyOf: [{ properties: { c: { const: 1 } }, required: ["a"] }, { required: ["c"] }],
      unevaluatedProperties: false,
    },
    sound: [],
    broken: [{ c: 2 }, { a: 1, c: 1 }],
  },
  "one of several": {
    schema: {
      oneOf: [
        { properties: { card: true }, required: ["card"] },
        { properties: { iban: true }, required: ["iban"] },
      ],
      unevaluatedProperties: false,
    },
    sound: [{ card: 1 }, { iban: 1 }],
    broken: [{ card: 1, bic: 1 }, { card: 1, iban: 1 }, {}],
  },
  "what is named by another schema, by all of several, and by a pattern": {
    schema: {
      $ref: "./address@1",
      allOf: [{ properties: { city: true } }],
      patternProperties: { "^x-": true },
      unevaluatedProperties: false,
    },
    sound: [{ street: "s", city: 1, "x-y": 2 }],
    broken: [{ streets: "s" }, { street: 1 }],
  },
  "what is left has a shape of its own": {
    schema: { properties: { a: true }, unevaluatedProperties: { type: "string" } },
    sound: [{ a: 1, b: "x" }],
    broken: [{ a: 1, b: 2 }],
  },
  "the rest of a list": {
    schema: {
      prefixItems: [{ type: "string" }],
      contains: { type: "boolean" },
      unevaluatedItems: false,
    },
    sound: [
      ["a", true],
      ["a", true, false],
    ],
    broken: [
      ["a", true, 1],
      ["a", 1],
    ],
  },
};

describe.each(Object.entries(cases))("%s", (_, { schema, sound, broken }) => {
  test.each((sound as Json[]).map((value) => ({ value })))("takes $value", ({ value }) => {
    expect(breaches(schema, value, { "canonical/address@1": address })).toEqual([]);
  });

  test.each((broken as Json[]).map((value) => ({ value })))("refuses $value", ({ value }) => {
    expect(breaches(schema, value, { "canonical/address@1": address })).not.toEqual([]);
  });
});

test("what is wrong is told once, at its own place", () => {
  const schema = {
    properties: { a: { type: "string" } },
    anyOf: [{ properties: { b: { type: "string" } } }, { properties: { b: { type: "boolean" } } }],
    unevaluatedProperties: { type: "object", unevaluatedProperties: false },
  };
  expect(breaches(schema, { a: 1 })).toEqual(["/a"]);
  expect(breaches(schema, { a: "x", c: { "d/e": 1 } })).toEqual(["/c"]);
  expect(breaches(schema, { a: "x", c: 5 })).toEqual(["/c"]);
});

test("it looks through a schema that means itself", () => {
  const tree = {
    properties: { children: { items: { $ref: "#" } } },
    allOf: [{ properties: { name: { type: "string" } } }],
    unevaluatedProperties: false,
  };
  const sound = { name: "a", children: [{ name: "b", children: [] }] };
  expect(breaches(tree, sound)).toEqual([]);
  expect(breaches(tree, { name: "a", children: [{ title: "b" }] })).toEqual(["/children/0"]);
});
