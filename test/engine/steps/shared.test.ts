import { describe, expect, test } from "vitest";
import {
  describing,
  coerceArrays,
  itemPlace,
  memberPlace,
} from "../../../engine/steps/shared/coerce-arrays.ts";
import { combine } from "../../../engine/steps/shared/combine.ts";
import { breachText } from "../../../engine/steps/shared/conform.ts";
import { dateTimeText } from "../../../engine/model/civil.ts";
import { parseDateTime, parseHttpDate } from "../../../engine/steps/shared/instant.ts";
import { itemSegment } from "../../../engine/steps/shared/item-segment.ts";
import { mergePatch } from "../../../engine/model/merge-patch.ts";
import { ownFailure, OwnFault } from "../../../engine/steps/shared/own-fault.ts";
import { textOf } from "../../../engine/steps/shared/truth.ts";
import { decode, encode } from "../../../engine/steps/operation/codec.ts";
import { at, schema } from "../core/plans.ts";

describe("arrays where the schema says array", () => {
  const address = schema("address", {
    $defs: { tags: { type: "array", items: { type: "string" } } },
    properties: { tags: { $ref: "#/$defs/tags" } },
    required: ["tags", "gone"],
  });
  const order = schema("order", {
    type: "object",
    required: ["lines", "note", 5],
    properties: {
      lines: { type: "array", items: { $ref: "address" } },
      address: { anyOf: [{ $ref: "address" }, { type: "null" }] },
      deep: { $ref: "address#/$defs/tags" },
      lost: { $ref: "nowhere" },
      cycle: { $ref: "#/properties/cycle" },
      odd: true,
      pointer: { $ref: "#/anyOf/0" },
      note: { type: "string" },
    },
    anyOf: [{ type: "object" }],
    additionalProperties: { type: "array" },
  });
  const schemas = new Map([address, order].map((plan) => [plan.name, plan]));
  const shaped = (value: Parameters<typeof coerceArrays>[0]) => coerceArrays(value, order, schemas);

  test("a single value becomes a list, an absent required one an empty list", () => {
    expect(
      shaped({ lines: { tags: "x" }, address: { tags: "y" }, deep: "z", note: "n", more: 1 }),
    ).toEqual({
      lines: [{ tags: ["x"] }],
      address: { tags: ["y"] },
      deep: ["z"],
      note: "n",
      more: [1],
    });
    expect(shaped({})).toEqual({ lines: [] });
    expect(shaped({ lines: null })).toEqual({ lines: null });
    expect(shaped("text")).toBe("text");
  });

  test("only where nothing but an array, or null, will do", () => {
    const list = { type: "array" };
    const shapedBy = (inner: object) => {
      const plan = schema("one", { properties: { v: inner as never } });
      return coerceArrays({ v: 1 }, plan, schemas);
    };
    const wrapped = { v: [1] };
    const plain = { v: 1 };
    expect(shapedBy({ type: ["array", "null"] })).toEqual(wrapped);
    expect(shapedBy({ anyOf: [list, { type: "null" }] })).toEqual(wrapped);
    expect(shapedBy({ oneOf: [list, list] })).toEqual(wrapped);
    expect(shapedBy({ allOf: [list, {}] })).toEqual(wrapped);
    expect(shapedBy({ oneOf: [list, { type: "number" }] })).toEqual(plain);
    expect(shapedBy({ type: ["array", "number"] })).toEqual(plain);
    expect(shapedBy({ anyOf: [{ type: "null" }] })).toEqual(plain);
    const circle = schema("circle", { properties: { v: { allOf: [{ $ref: "#/properties/v" }] } } });
    expect(coerceArrays({ v: 1 }, circle, schemas)).toEqual(plain);
  });

  test("what needs no change is shared, and what does is not changed in place", () => {
    const right = { lines: [{ tags: ["x"], gone: [] }], address: { tags: [] }, note: "n" };
    expect(shaped(right)).toBe(right);
    const wrong = { lines: [{ tags: ["x"] }, { tags: "y" }], deep: "z" };
    const before = structuredClone(wrong);
    expect(shaped(wrong)).toEqual({ lines: [{ tags: ["x"] }, { tags: ["y"] }], deep: ["z"] });
    expect(wrong).toEqual(before);
  });

  test("a schema that holds itself is followed as deep as the value goes", () => {
    const tree = schema("tree", {
      properties: { next: { $ref: "#" }, up: { $ref: "#/$defs/up" } },
      $defs: { up: { properties: { tree: { $ref: "#" }, tags: { type: "array" } } } },
    });
    const value = (tags: string | string[]) => ({
      next: { next: { up: { tree: { up: { tags } } } } },
    });
    expect(coerceArrays(value("x"), tree, schemas)).toEqual(value(["x"]));
  });

  test("references that lead nowhere or in a circle describe nothing", () => {
    expect(shaped({ lines: [], lost: 1, cycle: 2, odd: 3, pointer: 4 })).toEqual({
      lines: [],
      lost: 1,
      cycle: 2,
      odd: 3,
      pointer: 4,
    });
    const root = { allOf: [{ $ref: "#" }] };
    expect(describing({ schema: root, root }, schemas)).toHaveLength(1);
    expect(memberPlace({ schema: true, root: {} }, "x", schemas)).toBeUndefined();
    expect(itemPlace({ schema: { items: true }, root: {} }, 0, schemas)).toBeUndefined();
    const list = { type: "array" };
    const plan = schema("list", list);
    expect(coerceArrays([{ a: 1 }], plan, schemas)).toEqual([{ a: 1 }]);
  });
});

describe("tagged values", () => {
  const codec = {
    at,
    tag: "t",
    types: {
      time: { at, tag: "time", fields: { h: "hour", m: "minute", s: "second" } },
      duration: { at, tag: "delta", fields: { seconds: "seconds" } },
      binary: { at, tag: "bytes", fields: { base64: "base64" } },
      decimal: { at, tag: "Decimal", fields: { decimal: "text" } },
    },
  } as const;
  const plan = schema("all", {
    properties: {
      time: { format: "time" },
      duration: { format: "duration" },
      binary: { format: "binary" },
      plain: { format: "email" },
      list: { items: { format: "decimal" } },
      free: { type: "array" },
    },
  });
  const schemas = new Map([[plan.name, plan]]);
  const texts = {
    time: "10:20:30",
    duration: "PT93784.5S",
    binary: "AAA=",
    plain: "a@b",
    list: ["1", 2],
    free: ["x"],
    other: null,
  };
  const tagged = {
    time: { t: "time", h: 10, m: 20, s: 30 },
    duration: { t: "delta", seconds: 93_784.5 },
    binary: { t: "bytes", base64: "AAA=" },
    plain: "a@b",
    list: [{ t: "Decimal", decimal: "1" }, 2],
    free: ["x"],
    other: null,
  };

  test("are encoded by the schema's formats, and decoded wherever they stand", () => {
    expect(encode(texts, codec, plan, schemas)).toEqual(tagged);
    expect(decode(tagged, codec)).toEqual(texts);
    expect(encode({ duration: "-P1DT2H3M4.5S" }, codec, plan, schemas)).toEqual({
      duration: { t: "delta", seconds: -93_784.5 },
    });
    expect(decode({ t: "delta", seconds: -5 }, codec)).toBe("-PT5S");
    expect(encode({ duration: "soon" }, codec, plan, schemas)).toEqual({
      duration: { t: "delta", seconds: 0 },
    });
  });

  test("with members missing are empty, not lost", () => {
    expect(decode({ t: "Decimal" }, codec)).toBeNull();
    expect(decode({ t: "bytes" }, codec)).toBeNull();
    expect(decode({ t: "delta" }, codec)).toBe("PT0S");
    expect(decode({ t: "time" }, codec)).toBe("00:00:00");
  });

  test("without a codec or a schema stay as they are", () => {
    expect(decode(tagged, undefined)).toBe(tagged);
    expect(encode(texts, undefined, plan, schemas)).toBe(texts);
    expect(encode(texts, codec, undefined, schemas)).toBe(texts);
  });
});

describe("times", () => {
  test("are read from RFC 3339 with an offset", () => {
    expect(parseDateTime("2026-11-23T08:00:00.25+02:00")).toBe(
      Date.UTC(2026, 10, 23, 6, 0, 0, 250),
    );
    expect(parseDateTime("2026-11-23t08:00:00-01:30")).toBe(Date.UTC(2026, 10, 23, 9, 30));
    for (const wrong of [
      "2026-11-23",
      "2026-13-01T00:00:00Z",
      "2026-02-30T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:61Z",
    ]) {
      expect(parseDateTime(wrong)).toBeUndefined();
    }
  });

  test("are read from HTTP dates", () => {
    expect(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT")).toBe(784_111_777_000);
    for (const wrong of [
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 25:49:37 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
    ]) {
      expect(parseHttpDate(wrong)).toBeUndefined();
    }
  });

  test("are written with milliseconds only when there are some", () => {
    expect(dateTimeText(0)).toBe("1970-01-01T00:00:00Z");
    expect(dateTimeText(-1)).toBe("1969-12-31T23:59:59.999Z");
  });
});

test("a merge patch names members only, whatever they are called", () => {
  expect(mergePatch({ a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } })).toEqual({
    a: { c: 2, d: 3 },
  });
  const patched = mergePatch({}, JSON.parse('{"__proto__":{"x":1}}') as never);
  expect(Object.keys(patched as object)).toEqual(["__proto__"]);
  expect(({} as { x?: number }).x).toBeUndefined();
});

test("characters that mean something in paths are escaped in an item's key", () => {
  expect(itemSegment("a.b/c[d]#e?f%g~h")).toBe("[a%2Eb%2Fc%5Bd%5D%23e%3Ff%25g%7Eh]");
});

test("breaches are one sentence; the first ten are told", () => {
  const breach = (number: number) => ({
    pointer: number === 1 ? "" : `/${number}`,
    message: `m${number}`,
    keyword: "k",
  });
  expect(breachText([breach(1), breach(2)])).toBe("m1; /2: m2");
  expect(breachText(Array.from({ length: 12 }, (_, index) => breach(index + 1)))).toMatch(
    /; and 2 more$/,
  );
});

test("branches: what is out comes first, then a person, a failure, a stop", () => {
  const failure = { class: "business", code: "c", message: "m" } as const;
  const open = { kind: "open" } as const;
  const failed = { kind: "failed", failure } as const;
  const parked = { kind: "parked", as: "dead", failure } as const;
  const stopped = { kind: "stopped", code: "c", message: "" } as const;
  const idle = { kind: "idle" } as const;
  expect(combine([idle, stopped, failed, parked, open])).toBe(open);
  expect(combine([idle, stopped, failed, parked])).toBe(parked);
  expect(combine([idle, stopped, failed])).toBe(failed);
  expect(combine([idle, stopped])).toBe(stopped);
  expect(combine([idle, { kind: "done" }])).toBe(idle);
  expect(combine([{ kind: "done" }])).toEqual({ kind: "done" });
});

test("texts of values", () => {
  expect([textOf("a"), textOf(1), textOf(null), textOf(undefined), textOf([1])]).toEqual([
    "a",
    "1",
    "",
    "",
    "[1]",
  ]);
});

test("a fault's help is part of what a person reads", () => {
  expect(ownFailure(new OwnFault("a/b", "wrong", at, "mend it"), "steps.a").message).toBe(
    "wrong (mend it)",
  );
});
