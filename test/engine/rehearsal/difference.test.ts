import { expect, test } from "vitest";
import { differences, sentence } from "../../../engine/rehearsal/index.ts";

const say = (expected: unknown, actual: unknown, partial = false): string[] =>
  differences(expected, actual, { partial }).map(sentence);

test("equal values differ nowhere, whatever the order of members", () => {
  expect(say({ a: 1, b: [null, "x"] }, { b: [null, "x"], a: 1 })).toEqual([]);
});

test("each difference has its pointer, what was expected and what is there", () => {
  expect(say({ a: 1, b: { "c/d": "x" } }, { a: 2, b: { "c/d": "y" } })).toEqual([
    "/a: expected 1, and it is 2",
    '/b/c~1d: expected "x", and it is "y"',
  ]);
});

test("what is missing and what is too much are told apart from null", () => {
  expect(say({ a: null }, {})).toEqual(["/a: expected null, and it is absent"]);
  expect(say({}, { a: null })).toEqual(["/a: not expected, and it is null"]);
  expect(say("1", 1)).toEqual(['value: expected "1", and it is 1']);
});

test("lists are compared whole, places by index", () => {
  expect(say([1, 2], [1])).toEqual(["/1: expected 2, and it is absent"]);
  expect(say([{ a: 1 }], [{ a: 1, b: 2 }, 3])).toEqual([
    "/0/b: not expected, and it is 2",
    "/1: not expected, and it is 3",
  ]);
});

test("with partial, members that are not named may be there, items of lists may not", () => {
  expect(say({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }, true)).toEqual([]);
  expect(say({ a: [1] }, { a: [1, 2] }, true)).toEqual(["/a/1: not expected, and it is 2"]);
});

test("names of the prototype are no members", () => {
  expect(say({ toString: "x" }, {})).toEqual(['/toString: expected "x", and it is absent']);
});
