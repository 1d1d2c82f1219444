import { describe, expect, test } from "vitest";
import { errorOf, evaluate, findings } from "./kit.ts";

const scope = {
  message: {
    data: {
      total: "10.00",
      none: null,
      empty: [],
      lines: [{ sku: "a", qty: 1 }, { sku: "b" }],
    },
  },
  state: {},
};
const run = (text: string) => evaluate(text, scope);
const failure = (text: string) => errorOf(() => run(text));

describe("an absent path in a strict expression", () => {
  test.each([
    ["alone", "$message.data.totl", 15, 4],
    ["as an operand of &", "'a' & $message.data.totl", 21, 4],
    ["as an operand of !=", "$state.stage != 'x'", 8, 5],
    ["as an argument", "$string($message.data.totl)", 23, 4],
    ["as a condition", "$message.data.totl ? 1 : 2", 15, 4],
    ["in an object", "{ 'a': $message.data.totl }", 22, 4],
    ["as the key of an object", "{ $message.data.totl: 1 }", 17, 4],
    ["below null", "$message.data.none.x", 20, 1],
    ["below a text", "$message.data.total.x", 21, 1],
    ["in every item", "$message.data.lines.price", 21, 5],
    ["by an index out of range", "$message.data.lines[5]", 15, 5],
    ["in one item of a predicate", "$message.data.lines[qty > 0]", 21, 3],
    ["in a function's body", "$map($message.data.lines, function($l) { $l.qty })", 45, 3],
    ["of a whole root", "$response.status", 1, 9],
  ])("is an error %s", (_where, text, column, length) => {
    expect(failure(text)).toMatchObject({
      code: "mapping/absent-path",
      at: { line: 7, column, length },
    });
  });

  test("says what is there and what was probably meant", () => {
    const { message, help } = failure("$message.data.totl");
    expect(message).toContain("`$message.data` has total, none, empty and lines");
    expect(message).toContain('Did you mean "total"?');
    expect(help).toContain("$message.data.totl ?? …");
  });

  test.each([
    ["$message.data.totl ?? 'x'", "x"],
    ["$message.data.totl ?: 'x'", "x"],
    ["$message.data.total ?? 'x'", "10.00"],
    ["$message.data.none ?? 'x'", "x"],
    ["$message.data.none[0] ?? 'x'", "x"],
    ["$message.data.none ?? null", null],
    ["$exists($message.data.totl)", false],
    ["$exists($message.data.none)", true],
    ["$not($exists($state.held))", true],
    ["$message.data.lines[$exists(qty) and qty > 0].sku", "a"],
    ["{ 'a': $optional($message.data.totl), 'b': 1 }", { b: 1 }],
    ["$optional($state.x) & 'a'", "a"],
    ["$state.x ~> $exists()", false],
  ])("is permitted by a guard: %s", (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  test("somewhere inside a guarded operand makes the whole operand absent", () => {
    expect(run("('total: ' & $message.data.totl) ?? 'unknown'")).toBe("unknown");
    expect(run("$exists($message.data.total & $state.x)")).toBe(false);
  });

  test("in one item is not hidden by a guard around the list", () => {
    expect(failure("$exists($message.data.lines[qty > 0])").code).toBe("mapping/absent-path");
    expect(failure("$message.data.lines.{ 'q': qty } ?? []").code).toBe("mapping/absent-path");
  });
});

describe("an empty selection in a strict expression", () => {
  test("is no absent path and can be counted", () => {
    expect(run("$count($message.data.lines[sku = 'z'])")).toBe(0);
    expect(run("$count($message.data.empty.price)")).toBe(0);
    expect(run("[$message.data.lines[sku = 'z']]")).toEqual([]);
  });

  test("is an error as an operand or as the result", () => {
    expect(failure("$message.data.lines[sku = 'z'].qty + 1").code).toBe("mapping/empty-operand");
    expect(failure("$message.data.lines[sku = 'z'].qty").code).toBe("mapping/yields-nothing");
    expect(run("$message.data.lines[sku = 'z'].qty ?? 0")).toBe(0);
  });
});

test("a field that only some items have is selected from those", () => {
  expect(run("$message.data.lines.qty")).toBe(1);
});

describe("names in a strict expression", () => {
  test.each([
    ["status = 'paid'", "1+6 unrooted-name"],
    ["$message.data.total & (status)", "24+6 unrooted-name"],
    ["$map($message.data.lines, function($l) { sku })", "42+3 unrooted-name"],
    ["$mesage.data", "1+7 unknown-root"],
    ["$$.data", "1+2 unknown-root"],
    ["$upercase('a')", "1+9 unknown-function"],
    ["uppercase('a')", "1+9 unknown-function"],
    ["$eval('1')", "1+5 eval-refused"],
    ["{ 'a': $x := 1 }", "1+1 bind-in-constructor"],
    ["$contains($message.data.total, /(?=a)/)", "32+7 bad-pattern"],
  ])("%s", (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  test("of items, of variables and of functions' parameters need no root", () => {
    expect(findings("$message.data.lines[sku = 'a'].{ 'q': qty }")).toEqual([]);
    expect(findings("( $l := $message.data.lines; $l^(sku)[0].qty )")).toEqual([]);
    expect(findings("$message.data.lines@$l.parts@$p[$p.of = $l.sku].name")).toEqual([]);
  });

  test("in a mapping are fields of the input", () => {
    expect(findings("{ 'a': b.c, 'd': $$.e, 'f': $input.g }", "mapping")).toEqual([]);
  });
});

describe("a syntax error", () => {
  test.each([
    ["1 +", "3+1"],
    ["$message.data.total  $state", "22+6"],
    ["$message.[", "10+1"],
    ["'abc", "1+1"],
    ["$message /* open", "10+1"],
    ["{ 'a' 1 }", "7+1"],
    ["'a\\q'", "3+2"],
    ["$message.`open", "10+1"],
  ])("has its place: %s", (text, where) => {
    expect(findings(text)).toEqual([`${where} syntax`]);
  });

  test("an empty text is one too", () => {
    expect(findings("  ")).toEqual(["1+1 syntax"]);
  });
});

describe("a guard within a function", () => {
  test("holds in tail position too", () => {
    const text =
      "( $get := function($o) { $string($o.x) ?? 'none' }; [$get({'x': 1}), $get({'y': 1})] )";
    expect(run(text)).toEqual(["1", "none"]);
  });
});
