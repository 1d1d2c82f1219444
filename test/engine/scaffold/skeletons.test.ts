import { expect, test } from "vitest";
import type { JsonObject } from "../../../engine/model/json.ts";
import { skeleton } from "../../../engine/scaffold/skeletons.ts";

const object = (properties: JsonObject, required = Object.keys(properties)): JsonObject => ({
  type: "object",
  required,
  properties,
});
const of = (type: string | string[]): JsonObject => ({ type });

test("what has no one way to be written as the other is left to a person", () => {
  const from = object({
    active: of("string"),
    count: of("string"),
    number: of("integer"),
    open: of("boolean"),
    lines: of("array"),
    size: of("boolean"),
  });
  const to = object({
    active: of("boolean"),
    count: of("integer"),
    number: of("string"),
    open: of("string"),
    lines: of("string"),
    size: of(["number", "null"]),
  });
  const { left, text } = skeleton(from, to, "case");
  expect(left).toEqual(["active", "lines", "size"]);
  expect(text).toContain('"active": $error("active is to be filled in")');
  expect(text).toContain('"count": $exists(count) and count != null ? $number(count) : null');
  expect(text).toContain('"number": $string(number)');
  expect(text).toContain('"open": $string(open)');
});

test("envelopes are opened by their names alone, and what stands outside goes first", () => {
  const from = object({
    id: of("string"),
    data: object({ id: of("string"), attributes: object({ "first name": of("string") }) }),
    billing: object({ city: of("string") }),
  });
  const to = object({ id: of("string"), firstName: of("string"), city: of("string") });
  const { left, text } = skeleton(from, to, "customer");
  expect(left).toEqual(["city"]);
  expect(text).toContain('"id": id,');
  expect(text).toContain('"firstName": data.attributes.`first name`');
});
