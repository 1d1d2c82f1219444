import fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonError } from "../../../../engine/channels/shared/json-error.ts";
import { parseJson } from "../../../../engine/model/parse-json.ts";

test("the first mistake is found by line and column", () => {
  const mistakes: [string, number, number][] = [
    ["", 1, 1],
    ["  ", 1, 3],
    ['{\n "id": x}', 2, 8],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ["[1 2]", 1, 4],
    ["[1,]", 1, 4],
    ["[1", 1, 3],
    ['["a\nb"]', 1, 2],
    ["{} {}", 1, 4],
    ["]", 1, 1],
    ["[}", 1, 2],
    ["01", 1, 2],
    ["{'a':1}", 1, 2],
    ["[".repeat(100_000), 1, 100_001],
    // As long as it takes to read, not to try all ways of reading it.
    [`["${"a".repeat(1_000_000)}`, 1, 2],
    [`["${String.raw`\\`.repeat(500_000)}\n"]`, 1, 2],
  ];
  for (const [text, line, column] of mistakes)
    expect(findJsonError(text)).toEqual({ line, column });
});

test("it agrees with JSON.parse on what is JSON, whichever character is lost", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, index) => {
      expect(findJsonError(text)).toBeUndefined();
      const cut = text.slice(0, index % text.length) + text.slice((index % text.length) + 1);
      let valid = true;
      try {
        JSON.parse(cut);
      } catch {
        valid = false;
      }
      expect(findJsonError(cut) === undefined).toBe(valid);
    }),
  );
});

test("integers that a double cannot hold keep their digits as text, others stay numbers", () => {
  expect(
    parseJson('{"a":9007199254740993,"b":9007199254740991,"c":0.1,"d":"9007199254740993"}'),
  ).toEqual({
    a: "9007199254740993",
    b: 9007199254740991,
    c: 0.1,
    d: "9007199254740993",
  });
  expect(parseJson("[-12345678901234567890, 1234567890123456.5]")).toEqual([
    "-12345678901234567890",
    1234567890123456.5,
  ]);
});
