import process from "node:process";
import { expect, test } from "vitest";
import { compareOnce, fuzz } from "./fuzz-cases.ts";

/** The same commit gives the same verdict; `npm run fuzz` looks further. */
const seed = Number(process.env["SLUICE_SEED"] ?? 20_261_126);
const cases = 1200;

test(`expressions at random give what jsonata gives, by both back ends (seed ${seed})`, async () => {
  const { compared, rules, differences } = await fuzz({ cases, seed, most: 1 });
  expect(differences, `npm run fuzz -- --cases ${cases} --seed ${seed}`).toEqual([]);
  expect(compared).toBeGreaterThanOrEqual(cases);
  // A rule that explained everything would hide everything.
  const explained = [...rules.values()].reduce((sum, count) => sum + count, 0);
  expect(explained).toBeLessThan(cases / 10);
}, 60_000);

test.each([
  ["list[[0, 0]]", [7, 7]],
  ["list[[-1, 2, -9]]", [9, 9]],
  ["list[[-1.5]]", 8],
  ["list@$v[[0, 0]].$v", undefined],
])("an index that stands twice selects twice: %s", async (text, expected) => {
  const { differences, outcomes } = await compareOnce(text, { list: [7, 8, 9] });
  expect(differences).toEqual([]);
  if (expected !== undefined) expect(outcomes).toEqual(Array(3).fill(JSON.stringify(expected)));
});

test.each([
  // A tail call that a predicate drops is never made, and its arguments are never evaluated.
  ["($g := function($v) { ($length($v))[x] }; $g(a))", { a: 1 }],
  ["($g := function($v) { ($v ? $length(1 + $v))[$not(x)] }; $g(a))", { a: true }],
  ["list.list[]", { list: [[{ list: [[true, true]] }]] }],
  ["a[b = $$.c][0]", { a: [{ b: 1 }, { b: [2] }, { b: 2, x: 1 }], c: 2 }],
  [
    "($v := c; a[b = $v][0].x)",
    {
      a: [
        { b: 2, x: [1] },
        { b: 2, x: 2 },
      ],
      c: 2,
    },
  ],
  ["a[b = 1].x", { a: [[{ b: 1, x: 1 }], { b: 1, x: [2] }] }],
  ["a[b].($string($))", { a: [{ b: true }, [{ b: true }], { b: false }] }],
  ["a.c[$not(b)].('x')", { a: [{ c: [{ b: true }] }, { d: 1 }] }],
  ["[a.{ 'x': b }]", { a: { b: 1 } }],
  ["[a.(b)]", { a: [{ b: [1, 2] }, { b: [[3]] }] }],
  ["$sum(a.(b * 2))", { a: [{ b: 1 }, { b: 2 }] }],
  // A sequence that a function gives within another is unwrapped by each node around.
  ["( 1; $map([1], function($v) { $filter([false], function($v) { $v }) }) )", {}],
  ["(true ? ($map([1], function($v) { $filter([2, 3], function($w) { $w = 2 }) })) : 1)", {}],
  ["{ 'k': ($map(a, function($v) { $v ? $filter(a, function($w) { $w }) : 0 })) }", { a: [1] }],
  ["($f(a) ?? 1)", { a: 1 }],
  ["((a.b ?? c) ?? 'x')", { a: [{ b: null }] }],
  ["{ 'a': $number(a), 'b': $string(b) }", { a: "0019.50", b: -0 }],
])("what has a shorter way gives the same: %s", async (text, input) => {
  const { differences, outcomes } = await compareOnce(text, input);
  expect(outcomes).toHaveLength(3);
  expect(differences).toEqual([]);
});
