import { describe, expect, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import { idsIn } from "../../../engine/store/sqlite/business-ids.ts";
import { fromBlob, hashKey, toBlob } from "../../../engine/store/sqlite/ids.ts";
import { compareSequence } from "../../../engine/store/sqlite/lane.ts";
import { mergePatch } from "../../../engine/model/merge-patch.ts";

describe("ids", () => {
  test("a UUID keeps its text and its order as bytes", () => {
    const first = "018bcfe5-6800-7000-8000-0000000000ff";
    const second = "018bcfe5-6801-7000-8000-000000000000";
    expect(toBlob(first)).toHaveLength(16);
    expect(fromBlob(toBlob(first))).toBe(first);
    expect(Buffer.compare(toBlob(first), toBlob(second))).toBe(-1);
  });

  test.each([
    "",
    "m-1",
    "018BCFE5-6800-7000-8000-0000000000FF",
    "018bcfe568007000800000000000000f",
  ])("%j is refused", (text) => {
    expect(() => toBlob(text)).toThrow(expect.objectContaining({ code: "store/bad-id" }));
  });

  test("keys of different parts differ, wherever the parts are cut", () => {
    const keys = [hashKey("a", "bc"), hashKey("ab", "c"), hashKey("abc"), hashKey("a", "b", "c")];
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(keys.length);
    expect(hashKey("a", "bc").equals(hashKey("a", "bc"))).toBe(true);
  });
});

describe("business ids", () => {
  test("members that name things are found at any depth, others are not", () => {
    const value = {
      orderId: "SO-1",
      invoice_number: 4711,
      note: "not-an-id",
      customer: { id: "C-77", name: "Ada" },
      lines: [{ "product-ref": "SKU-7", quantity: 3 }],
      currencyId: "1",
      id: "has blanks in it",
      paid: true,
    };
    expect([...idsIn(value)].sort()).toEqual(["4711", "C-77", "SKU-7", "SO-1"]);
    expect([...idsIn("SO-1")]).toEqual([]);
  });

  test("a long list adds no more than two dozen", () => {
    const rows = Array.from({ length: 500 }, (_, index) => ({ id: `row-${index}` }));
    expect(idsIn({ rows }).size).toBe(24);
  });
});

describe("merge patch", () => {
  // Appendix A of RFC 7396, what concerns objects.
  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j patched by %j is %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test("a member called __proto__ is a member", () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as Json;
    const merged = mergePatch({}, patch);
    expect(Object.keys(merged ?? {})).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

test.each([
  [2, 10, -1],
  ["2", "10", -1],
  ["2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z", 1],
  ["b", "a", 1],
  [7, "7", 0],
])("sequence %j against %j", (a, b, sign) => {
  expect(Math.sign(compareSequence(a, b))).toBe(sign);
});
