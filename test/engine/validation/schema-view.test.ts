import { describe, expect, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import { SchemaView } from "../../../engine/validation/index.ts";

function view(schema: Json): SchemaView {
  const made = SchemaView.of("one", new Map([["one", schema]]));
  if (made === undefined) throw new Error("no such schema");
  return made;
}

describe("of alternatives", () => {
  test("a value alone says its type, too", () => {
    const either = view({
      oneOf: [{ type: "string" }, { const: false }, { enum: [null, 3, 0.5] }],
    });
    expect([...either.types].toSorted()).toEqual([
      "boolean",
      "integer",
      "null",
      "number",
      "string",
    ]);
    expect(either.allowed).toBeUndefined();
  });

  test("a keyword of one of them holds for no value for certain", () => {
    const either = view({
      maxLength: 10,
      anyOf: [{ type: "string", pattern: "^A", format: "date" }, { const: "" }],
    });
    expect(either.annotation("pattern")).toBe("^A");
    expect(either.certainly("pattern")).toBeUndefined();
    expect(either.certainly("format")).toBeUndefined();
    expect(either.certainly("maxLength")).toBe(10);
  });

  test("an item of a list that describes none is not known", () => {
    expect(view({ oneOf: [{ type: "array" }, { const: false }] }).follow(["[]"])).toBeUndefined();
    const described = view({ type: "array", items: { type: "string" } }).follow(["[]"]);
    expect(described).toMatchObject({ always: false });
  });
});
