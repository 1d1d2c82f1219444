import { describe, expect, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import {
  compileSchemas,
  isMiss,
  lintSchema,
  resolveRef,
  SchemaView,
} from "../../../engine/validation/index.ts";

const at = { file: "schemas/x.yaml", line: 1, column: 1, length: 1 };
const bodies = new Map<string, Json>([
  [
    "canonical/money@1",
    {
      type: "object",
      required: ["amount", "currency"],
      additionalProperties: false,
      properties: {
        amount: { type: "string", format: "decimal" },
        currency: { type: "string", format: "currency" },
      },
    },
  ],
  [
    "canonical/order@1",
    {
      type: "object",
      required: ["id", "lines"],
      properties: {
        id: { type: "string", minLength: 2, maxLength: 4 },
        name: { type: "string", pattern: "^[A-Z]", "x-pii": true },
        total: { $ref: "canonical/money@1" },
        tax: { $ref: "./money@1" },
        lines: { type: "array", minItems: 1, items: { $ref: "#/$defs/line" } },
        status: { enum: ["open", "closed"] },
        parent: { anyOf: [{ $ref: "#" }, { type: "null" }] },
        either: { oneOf: [{ type: "string" }, { $ref: "#/$defs/line" }] },
        count: { type: "integer", minimum: 0 },
      },
      additionalProperties: false,
      $defs: {
        line: {
          allOf: [{ required: ["sku"] }],
          type: "object",
          properties: {
            sku: { type: "string" },
            price: { $ref: "../canonical/money@1.yaml#/properties/amount" },
          },
        },
      },
    },
  ],
]);
const plans = compileSchemas(new Map([...bodies].map(([name, schema]) => [name, { schema, at }])));
const check = (value: unknown) =>
  (plans.get("canonical/order@1")?.check(value) ?? []).map(
    ({ pointer, message }) => `${pointer}: ${message}`,
  );
const order = { id: "o1", lines: [{ sku: "a" }] };

describe("check", () => {
  test("a value that conforms has no breaches", () => {
    const total = { amount: "12.50", currency: "EUR" };
    expect(check({ ...order, total, tax: total, parent: { ...order, parent: null } })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["a missing property", { id: "o1" }, '/lines: "lines" is missing'],
    ["an unknown one", { ...order, totl: 1 }, ': unknown property "totl". Did you mean "total"?'],
    ["a wrong type", { ...order, id: 12 }, "/id: 12 stands here; expected string"],
    ["a length", { ...order, id: "o" }, '/id: "o" is shorter than 2 characters'],
    ["too few items", { ...order, lines: [] }, "/lines: the list has fewer than 1 items"],
    ["a choice", { ...order, status: "gone" }, '/status: "gone" is none of "open" and "closed"'],
    ["a range", { ...order, count: -1 }, "/count: -1 is out of range; expected >= 0"],
    [
      "a format of ours, through references",
      { ...order, total: { amount: "1,5", currency: "EUR" } },
      '/total/amount: "1,5" is no decimal such as 1250.00',
    ],
    [
      "a reference into another file",
      { ...order, lines: [{ sku: "a", price: "x" }] },
      '/lines/0/price: "x" is no decimal such as 1250.00',
    ],
    ["an allOf part", { ...order, lines: [{}] }, '/lines/0/sku: "sku" is missing'],
    [
      "no alternative, told once",
      { ...order, either: 1 },
      "/either: 1 fits none of the alternatives",
    ],
    [
      "the only alternative to null",
      { ...order, parent: { id: "o2" } },
      '/parent/lines: "lines" is missing',
    ],
  ])("says of %s what would be right", (_, value, breach) => {
    expect(check(value)).toEqual([breach]);
  });

  test("personal data is never shown", () => {
    const [breach = ""] = check({ ...order, name: "ann" });
    expect(breach).toBe("/name: a string does not match ^[A-Z]");
  });

  test("decimals are exact texts", () => {
    const money = plans.get("canonical/money@1");
    const breaches = (amount: unknown) => money?.check({ amount, currency: "EUR" }).length;
    for (const good of ["0", "-1", "1250.00", "0.001"]) expect(breaches(good)).toBe(0);
    for (const bad of ["", "01", "1.", ".5", "1e3", "+1", "1 ", 1.5]) expect(breaches(bad)).toBe(1);
  });

  test("the breaches of a hostile value are bounded", () => {
    expect(check({ id: "o1", lines: Array.from({ length: 5000 }, () => ({})) })).toHaveLength(50);
  });
});

describe("SchemaView", () => {
  const view = SchemaView.of("canonical/order@1", bodies);
  const follow = (...path: readonly string[]) => view?.follow(path);

  test("finds formats through references and items", () => {
    const found = follow("lines", "price");
    expect(found !== undefined && !isMiss(found) && found.view.format).toBe("decimal");
  });

  test("knows what is always there", () => {
    expect(follow("id")).toMatchObject({ always: true });
    expect(follow("total", "amount")).toMatchObject({ always: false });
    expect(follow("status")).toMatchObject({ always: false });
  });

  test("says what a path could have been", () => {
    expect(follow("total", "amont")).toEqual({ index: 1, candidates: ["amount", "currency"] });
    expect(follow("lines", "[]", "skuu")).toMatchObject({ index: 2 });
  });

  test("says nothing where only data could tell", () => {
    expect(follow("?", "x")).toBeUndefined();
  });

  test("misses what is read of a value that has no members", () => {
    expect(follow("id", "anything")).toEqual({ index: 1, candidates: [], scalar: "string" });
  });

  test("ends on schemas that hold themselves", () => {
    expect(follow("parent", "parent", "parent", "id")).toMatchObject({ always: false });
    const loop = new Map<string, Json>([["a", { allOf: [{ $ref: "a" }] }]]);
    expect(SchemaView.of("a", loop)?.follow(["x"])).toBeUndefined();
  });
});

describe("references between schemas", () => {
  test.each([
    ["canonical/money@1", "canonical/money@1"],
    ["./money@1", "canonical/money@1"],
    ["money@1.yaml", "canonical/money@1"],
    ["../canonical/money@1", "canonical/money@1"],
    ["sluice:/canonical/money@1", "canonical/money@1"],
    ["#/$defs/x", "canonical/order@1"],
  ])("%s leads to %s", (ref, name) => {
    expect(resolveRef(ref, "canonical/order@1", bodies)?.name).toBe(name);
  });

  test("nothing is ever fetched", () => {
    expect(resolveRef("https://example.com/schema", "canonical/order@1", bodies)).toBeUndefined();
  });
});

describe("lintSchema", () => {
  const lint = (schema: Json) =>
    lintSchema("x", schema, new Map([...bodies, ["x", schema]])).map(
      ({ pointer, message }) => `${pointer}: ${message}`,
    );

  test("sound schemas have no flaws", () => {
    for (const [name, schema] of bodies) expect(lintSchema(name, schema, bodies)).toEqual([]);
    expect(lint(true)).toEqual([]);
    expect(lint({ "x-owner": "sales", if: {}, else: false })).toEqual([]);
  });

  test("anchors must be there, and then they work", () => {
    const lines = { $ref: "#line", $defs: { line: { $anchor: "line", type: "string" } } };
    expect(lint(lines)).toEqual([]);
    expect(
      compileSchemas(new Map([["x", { schema: lines, at }]]))
        .get("x")
        ?.check(1),
    ).toHaveLength(1);
    expect(lint({ $ref: "#lime", $defs: lines.$defs })).toEqual([
      '/$ref: "#lime" leads nowhere: "x" has no "#lime"',
    ]);
  });

  test("flaws are found at any depth", () => {
    expect(lint({ properties: { a: { items: { allOf: [{ typo: 1 }] } } } })).toEqual([
      '/properties/a/items/allOf/0/typo: unknown keyword "typo". Did you mean "type"?',
    ]);
  });
});

test("a path is spelled as the schema has its names, dots and all", () => {
  const row = {
    type: "object",
    properties: { "a.b": { type: "string" } },
    additionalProperties: false,
  };
  const schema = {
    type: "object",
    additionalProperties: false,
    properties: {
      "@odata.etag": { type: "string" },
      "rows.": { type: "array", items: row },
      open: {},
    },
  };
  const view = SchemaView.of("s", new Map([["s", schema]]));
  expect(view?.spell("@odata.etag")).toEqual(["@odata.etag"]);
  expect(view?.spell("rows..[].a.b")).toEqual(["rows.", "[]", "a.b"]);
  expect(view?.spell("open.x.y")).toEqual(["open", "x", "y"]);
  expect(view?.spell("none.x")).toEqual(["none", "x"]);
});
