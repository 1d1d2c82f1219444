import { expect, test } from "vitest";
import { canonicalJson } from "../../../engine/model/canonical-json.ts";
import type { Json } from "../../../engine/model/json.ts";

test("members stand in the order of their code units, at any depth, whatever theirs was", () => {
  const text = '{"A":[1,{"a":"é","b":null}],"a":-1.5,"é":{}}';
  expect(canonicalJson({ é: {}, a: -1.5, A: [1, { b: null, a: "é" }] })).toBe(text);
  expect(canonicalJson({ A: [1, { a: "é", b: null }], a: -1.5, é: {} })).toBe(text);
});

test("names that objects keep in an order of their own stand in ours all the same", () => {
  const parsed = JSON.parse(
    '{"b":1,"9":[{"2":0,"10":"x\\n"}],"10":[],"__proto__":{"z":1}}',
  ) as Json;
  expect(canonicalJson(parsed)).toBe(
    '{"10":[],"9":[{"10":"x\\n","2":0}],"__proto__":{"z":1},"b":1}',
  );
});

test("what is no JSON is written as JSON writes it", () => {
  expect(canonicalJson([undefined, Number.NaN, -0] as unknown as Json)).toBe("[null,null,0]");
  expect(canonicalJson({ a: undefined } as unknown as Json)).toBe('{"a":null}');
  expect(canonicalJson("\u2028\ud800")).toBe(JSON.stringify("\u2028\ud800"));
});
