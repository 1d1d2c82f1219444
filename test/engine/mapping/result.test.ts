import { expect, test } from "vitest";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { context, plainText } from "./kit.ts";

/** What a back end gives: plain JSON as text, or the code of the error. */
function given(text: string, input: unknown, only: "closures" | "generated"): string {
  const parsed = parse(text);
  if ("fault" in parsed) throw new Error(parsed.fault.code);
  const tree = compileTree(parsed.ast, text, { strict: false, only, isBound: () => false });
  if ("why" in tree) throw new Error(tree.why);
  try {
    return plainText(tree.program(input, {}, context));
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

/** Generated code makes a result as it leaves; closures have it looked at in the end. */
test.each<readonly [text: string, json: string, expected: string]>([
  // Functions are left out of objects, and are null in lists.
  ['{ "f": function($x) { $x }, "l": [function($x) { $x }, 1] }', "{}", '{"l":[null,1]}'],
  ['a.{ "f": $string, "n": b }', '{"a":[{"b":1},{"b":[2]}]}', '[{"n":1},{"n":[2]}]'],
  ['[$map(a, function($v) { $v > 1 ? $string : { "v": $v } })]', '{"a":[1,2]}', '[{"v":1},null]'],
  // No list keeps the mark of a sequence.
  [
    '{ "l": a.b, "m": [a.b], "n": a.b[], "o": [a.(b + 1)] }',
    '{"a":[{"b":1},{"b":2}]}',
    '{"l":[1,2],"m":[1,2],"n":[1,2],"o":[2,3]}',
  ],
  ['a.{ "k": c.d }', '{"a":[{"c":[{"d":1},{"d":2}]},{}]}', '[{"k":[1,2]},{}]'],
  ["a.[b, c]", '{"a":[{"b":1,"c":2},{"b":3}]}', "[[1,2],[3]]"],
  ['[[a.b], [a.{ "k": b }], a.b]', '{"a":[{"b":1},{"b":2}]}', '[[1,2],[{"k":1},{"k":2}],1,2]'],
  ['$map(a, function($v) { { "v": $v } })', '{"a":[1]}', '{"v":1}'],
  ['$map(a, function($v) { { "v": $v } })', '{"a":[]}', "nothing"],
  ['$map(a, function($v) { $v ? { "v": $v } })', '{"a":[0,1,2]}', '[{"v":1},{"v":2}]'],
  [
    '{ "x": a ? { "k": b } : [b], "y": c ? { "k": b } : [b] }',
    '{"a":true,"b":1}',
    '{"x":{"k":1},"y":[1]}',
  ],
  [
    '{ "x": (a ? [1, 2] : 3).{ "k": $ }, "y": a.(b ? [b, 4] : 5) }',
    '{"a":[{"b":1},{}]}',
    '{"x":[{"k":1},{"k":2}],"y":[1,4,5]}',
  ],
  [
    '{ "__proto__": a, "l": [{ "__proto__": b }] }',
    '{"a":1,"b":null}',
    '{"__proto__":1,"l":[{"__proto__":null}]}',
  ],
  // An infinite number is an error in a result, and only there.
  ['{ "k": { "n": a, "t": "x" } }', '{"a":1e999}', "D1001"],
  ['{ "l": [b.{ "n": $$.a }] }', '{"a":[1,1e999],"b":1}', "D1001"],
  ['{ "n": $count([{ "n": a }]) }', '{"a":1e999}', '{"n":1}'],
  ['{ "n": a * 1e300 }', '{"a":1e300}', "D1001"],
  // The first error in the order of evaluation is the one that is told.
  ['{ "n": a, "m": $length(b) }', '{"a":1e999,"b":1}', "T0410"],
])("a result is made in parts: %s", (text, json, expected) => {
  const input: unknown = JSON.parse(json);
  expect([given(text, input, "generated"), given(text, input, "closures")]).toEqual([
    expected,
    expected,
  ]);
});

const million = '[1..200000].{ "a": 1, "b": "", "c": true, "d": $ }';
const texts = (count: number): string =>
  `($t := $pad("", 100000, "x"); [1..${count}].{ "t": $t & "", "u": [$t], "n": "${"y".repeat(9)}" })`;

const ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";

test.each([
  ["values", `[${million}]`, "result-too-large"],
  [
    "values of branches",
    `$map([1..60000], function($i) { $i > 0 ? [[$i, ${ten}, ${ten}]] : {} })`,
    "result-too-large",
  ],
  ["characters", texts(84), "result-too-large"],
  [
    "shared values",
    `($l := [1..100000]; { "a": ${ten}.[$l], "b": [[$l], { "c": $l }] })`,
    "result-too-large",
  ],
])("a result has a bound while it is made: %s", (_, text, code) => {
  expect([given(text, null, "generated"), given(text, null, "closures")]).toEqual([code, code]);
});

test("a result just within its bounds is given", () => {
  expect(given(texts(83), null, "generated").length).toBeGreaterThan(16_000_000);
  const values = given('[1..160000].{ "a": 1, "b": "", "c": true, "d": $ }', null, "generated");
  expect(values).toContain('"d":160000}');
});
