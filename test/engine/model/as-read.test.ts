import { expect, test } from "vitest";
import { asRead } from "../../../engine/model/as-read.ts";

test("JSON is read back as itself, without a copy", () => {
  const value = { a: [1, "x", null, { b: true }], c: {} };
  expect(asRead(value)).toBe(value);
});

test("what its text would change is read back changed", () => {
  expect(asRead({ a: -0, b: undefined, c: [undefined], d: Number.NaN })).toStrictEqual({
    a: 0,
    c: [null],
    d: null,
  });
  expect(asRead(-0)).toBe(0);
  expect(asRead([Object.create({ inherited: 1 })])).toStrictEqual([{}]);
});
