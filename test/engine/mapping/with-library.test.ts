import { expect, test } from "vitest";
import { evaluateWithLibrary } from "../../../engine/mapping/index.ts";
import { ExpressionError, NeedsFact } from "../../../engine/model/evaluation-error.ts";
import { factKey } from "../../../engine/model/expression.ts";
import type { Expression } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import { compile, context } from "./kit.ts";

/** The compiler leaves a `:=` within a step that binds variables to the library. */
const text = "{ 'n': lines@$l[($x := $l.n) > 1].$l.n, 'now': $millis(), 'sum': $add('1', '2') }";
const uncovered = "lines@$l[$x := $l.n].$l.n";

function expressionOf(source: string): Expression {
  const { expression } = compile(source, "mapping");
  if (expression === undefined) throw new Error("not compiled");
  return expression;
}

test("what is not compiled asks for a fact and takes its value from there", () => {
  const expression = expressionOf(uncovered);
  expect(expression.compiled).toBe(false);
  expect(expression.why).toContain(":=");
  const scope = { input: { lines: [{ n: 1 }] }, message: "not read" };
  let request: NeedsFact["request"] | undefined;
  try {
    expression.evaluate(scope, context);
  } catch (error) {
    if (!(error instanceof NeedsFact)) throw error;
    ({ request } = error);
  }
  expect(request).toMatchObject({ kind: "evaluate", scope: { input: scope.input } });
  if (request === undefined) return;
  const facts = new Map<string, Json>([[factKey(request), 1]]);
  expect(expression.evaluate(scope, { ...context, facts })).toBe(1);
});

test("the library evaluates with our functions, our clock and a copy of the data", async () => {
  const input = Object.freeze({
    lines: Object.freeze([{ n: 1 }, { n: 2 }]),
    none: Object.freeze([]),
  });
  const value = await evaluateWithLibrary(expressionOf(text), { input }, { ...context, now: 5 });
  expect(value).toEqual({ n: 2, now: 5, sum: "3" });
  const grouped = await evaluateWithLibrary(expressionOf("none{ 'k': 1 }"), { input }, context);
  expect(grouped).toEqual({ k: 1 });
});

test.each([
  ["$pad('x', 500000000)", "text-too-long"],
  ["($f := function($n) { 1 + $f($n) }; $f(1))", "too-deep"],
  ["[1..1000000]", "list-too-long"],
  ["1 + 'a'", "operand-not-number"],
])("in the library %s ends in a bounded error", async (source, code) => {
  await expect(evaluateWithLibrary(expressionOf(source), { input: null }, context)).rejects.toThrow(
    ExpressionError,
  );
  await expect(
    evaluateWithLibrary(expressionOf(source), { input: null }, context),
  ).rejects.toMatchObject({ code: `mapping/${code}` });
});

test("a pattern that backtracks for ever elsewhere ends in the library too", async () => {
  const source = `$contains('${"a".repeat(3000)}!', /(a+)+$/)`;
  expect(await evaluateWithLibrary(expressionOf(source), { input: null }, context)).toBe(false);
});
