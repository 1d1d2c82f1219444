import { describe, expect, test } from "vitest";
import { functionDocs } from "../../../engine/mapping/index.ts";
import { NeedsFact } from "../../../engine/model/evaluation-error.ts";
import { factKey } from "../../../engine/model/expression.ts";
import type { FactRequest } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import { errorOf, evaluate, map } from "./kit.ts";

const facts = new Map<string, Json>(
  (
    [
      [{ kind: "xref", entity: "customer", system: "erp", id: "C-1" }, "4711"],
      [{ kind: "canonical", entity: "customer", system: "erp", id: "4711" }, "C-1"],
      [{ kind: "reference", adapter: "tryton", table: "currency", key: "EUR" }, { id: 1 }],
    ] as [FactRequest, Json][]
  ).map(([request, value]) => [factKey(request), value]),
);

test.each(functionDocs)("the example of $name holds", ({ example }) => {
  const scope = { message: { data: {} } };
  const value = evaluate(example.expression, scope, "strict", { facts, adapter: "tryton" });
  expect(value).toEqual(example.value);
});

describe("decimals", () => {
  test.each([
    ["$add('0.1', '0.2')", "0.3"],
    ["$add('9007199254740993', '1')", "9007199254740994"],
    ["$sub('1', '1.00')", "0.00"],
    ["$mul('1.10', '1.10')", "1.2100"],
    ["$div('1', '3')", "0.33333333333333333333"],
    ["$div('10', '4')", "2.5"],
    ["$div('0.125', '1', 2)", "0.12"],
    ["$div('0.125', '1', 2, 'half-up')", "0.13"],
    ["$roundTo('-2.345', 2)", "-2.34"],
    ["$roundTo('2.5')", "2"],
    ["$roundTo('1.001', 2, 'up')", "1.01"],
    ["$total([])", "0"],
    ["$total('1.50')", "1.50"],
    ["$total(['1.5', '2.25', 1])", "4.75"],
    ["$money('1000', 'JPY')", "1000"],
    ["$money('1', 'KWD')", "1.000"],
    ["$toMinor('1.5', 'JPY' = 'JPY' ? 'USD' : 'EUR')", 150],
    ["$fromMinor(5, 'KWD')", "0.005"],
    ["$eq('1.0', '1.00')", true],
    ["$ne('1.0', '1.00')", false],
    ["$lt('9', '10')", true],
    ["$gte(50000, '50000.00')", true],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each([
    ["$add('1,5', '1')", "takes decimals"],
    ["$gte('x', '1')", 'was given "x"'],
    ["$add(9007199254740993, '1')", "lost digits"],
    ["$div('1', '0.0')", "divide by zero"],
    ["$roundTo('1', 2, 'nearest')", "rounding mode"],
    ["$money('1.005', 'EUR')", "has 2 digits"],
    ["$money('1', 'Euro')", "currency"],
    ["$fromMinor('1.5', 'EUR')", "whole minor units"],
  ])("%s is refused", (text, words) => {
    const error = errorOf(() => evaluate(text));
    expect(error.message).toContain(words);
    expect(error.at.column).toBe(1);
  });

  test("nothing in, nothing out in a mapping", () => {
    expect(map("$sub(limit, used)", { used: "1" })).toBeUndefined();
    expect(errorOf(() => map("$sub(limit, used)", { used: "1", limit: null })).code).toBe(
      "mapping/bad-argument",
    );
  });
});

describe("calendar", () => {
  test.each([
    // Clocks in Berlin go forward on 29 March 2026 and back on 25 October.
    ["$addDays('2026-03-28T11:00:00Z', 1, 'Europe/Berlin')", "2026-03-29T10:00:00Z"],
    ["$addDays('2026-10-24T10:00:00Z', 1, 'Europe/Berlin')", "2026-10-25T11:00:00Z"],
    // 02:30 does not exist on the day: it moves on by the gap.
    ["$addDays('2026-03-28T01:30:00Z', 1, 'Europe/Berlin')", "2026-03-29T01:30:00Z"],
    // 02:30 comes twice: the first.
    ["$addDays('2026-10-24T00:30:00Z', 1, 'Europe/Berlin')", "2026-10-25T00:30:00Z"],
    ["$addMonths('2026-03-31T21:30:00Z', -1, 'Europe/Berlin')", "2026-02-28T22:30:00Z"],
    ["$addMonths('2028-02-29', 12)", "2029-02-28"],
    ["$addMonths('2026-01-15', -13)", "2024-12-15"],
    ["$startOf('day', '2026-03-29T12:00:00Z', 'Europe/Berlin')", "2026-03-28T23:00:00Z"],
    ["$endOf('day', '2026-03-29T12:00:00Z', 'Europe/Berlin')", "2026-03-29T21:59:59.999Z"],
    ["$startOf('week', '2026-11-22')", "2026-11-16"],
    ["$endOf('quarter', '2026-11-22')", "2026-12-31"],
    ["$startOf('year', '2026-01-01T03:00:00Z', 'America/New_York')", "2025-01-01T05:00:00Z"],
    ["$startOf('hour', '2026-01-01T03:40:00Z', 'Asia/Kolkata')", "2026-01-01T03:30:00Z"],
    [
      "$startOf('month', $addMonths('2026-03-15T10:00:00Z', -1, 'Europe/Berlin'), 'Europe/Berlin')",
      "2026-01-31T23:00:00Z",
    ],
    ["$addDuration('2026-01-31', 'P1M1D')", "2026-03-01"],
    ["$addDuration('2026-03-28T11:00:00Z', 'P1DT1H', 'Europe/Berlin')", "2026-03-29T11:00:00Z"],
    ["$addDuration('2026-01-01T00:00:00Z', '-PT0.5S')", "2025-12-31T23:59:59.500Z"],
    ["$date('2026-06-30T22:30:00Z', 'Europe/Berlin')", "2026-07-01"],
    ["$date('2026-07-01', 'Europe/Berlin')", "2026-07-01"],
    ['$parseJson(\'{"rows":[{"id":1},{"id":2}]}\').rows[id = 2].id', 2],
    ["$parseJson('[9007199254740993]')[0]", "9007199254740993"],
    ["$count($parseJson('[1,2,3]'))", 3],
    ["$parseJson('\"a\"')", "a"],
    ["$instant('2026-07-01T10:00:00', 'Europe/Berlin')", "2026-07-01T08:00:00Z"],
    ["$instant('2026-07-01 10:00:00.25', 'America/New_York')", "2026-07-01T14:00:00.250Z"],
    ["$instant('2026-07-01', 'Europe/Berlin')", "2026-06-30T22:00:00Z"],
    // 02:30 comes twice in October: the first. In March it does not come: it moves on by the gap.
    ["$instant('2026-10-25T02:30', 'Europe/Berlin')", "2026-10-25T00:30:00Z"],
    ["$instant('2026-03-29T02:30', 'Europe/Berlin')", "2026-03-29T01:30:00Z"],
    // What says its offset needs no zone, and is not moved by one.
    ["$instant('2026-07-01T10:00:00+02:00', 'Asia/Tokyo')", "2026-07-01T08:00:00Z"],
    ["$instant('2026-07-01 10:00:00 +0200')", "2026-07-01T08:00:00Z"],
    ["$instant('2026-07-01 10:00:00 UTC')", "2026-07-01T10:00:00Z"],
    ["$instant(1782900000000)", "2026-07-01T10:00:00Z"],
    ["$instant('/Date(1782900000000)/')", "2026-07-01T10:00:00Z"],
    ["$instant('/Date(1782900000000+0200)/')", "2026-07-01T10:00:00Z"],
    ["$instant('/Date(-1000)/')", "1969-12-31T23:59:59Z"],
    ["$instant('Wed, 01 Jul 2026 10:00:00 +0200')", "2026-07-01T08:00:00Z"],
    ["$instant('1 Jul 2026 10:00 GMT')", "2026-07-01T10:00:00Z"],
    ["$before('2026-01-01T00:30:00+01:00', '2026-01-01T00:00:00Z')", true],
    ["$after('2026-01-02', '2026-01-02')", false],
  ])("%s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each([
    ["$before('2026-01-01T00:00:00', '2026-01-01T00:00:00Z')", "has no offset"],
    ["$before('2026-01-01', '2026-01-01T00:00:00Z')", "cannot compare the date"],
    ["$addDays('2026-02-30', 1)", "does not exist"],
    ["$addDays('2026-01-01T00:00:00Z', 1)", "needs a time zone"],
    ["$date('2026-01-01T00:00:00Z', 'Europe/Berln')", "does not know the time zone"],
    ["$startOf('fortnight', '2026-01-01')", "does not know the unit"],
    ["$addDuration('2026-01-01', '1 month')", "cannot read the duration"],
    ["$addDuration('2026-01-01', 'PT1H')", "cannot add hours"],
    ["$before(1, 2)", "$fromMillis"],
    ["$parseJson('{\"id\":')", 'cannot read "{"id":" as JSON'],
    ["$parseJson(7)", "takes JSON as a text"],
    ["$parseJson($join([1..300].('[')))", "nested more than 200 levels"],
    ["$instant('2026-07-01T10:00:00')", "no zone to read it in"],
    ["$instant('2026-02-30 10:00', 'UTC')", "does not exist"],
    ["$instant('2026-07-01 25:00', 'UTC')", "time of day does not exist"],
    ["$instant('2026-07-01 10:00', 'Europe/Berln')", "does not know the time zone"],
    ["$instant('Wed, 01 Foo 2026 10:00:00 GMT')", "cannot read"],
    ["$instant('/Date(999999999999999)/')", "cannot read"],
    ["$instant('tomorrow', 'UTC')", "cannot read"],
    ["$instant(true)", "takes a date"],
    ["$instant(1e300)", "milliseconds since 1970"],
  ])("%s is refused", (text, words) => {
    const error = errorOf(() => evaluate(text));
    expect(`${error.message} ${error.help}`).toContain(words);
  });
});

describe("recorded reads", () => {
  const request: FactRequest = { kind: "xref", entity: "customer", system: "erp", id: "C-9" };

  test("ask for a fact that is not known, and use it when it is", () => {
    const text = "$xref('customer', 'erp', $message.data.id)";
    const scope = { message: { data: { id: "C-9" } } };
    let asked: FactRequest | undefined;
    try {
      evaluate(text, scope);
    } catch (error) {
      if (!(error instanceof NeedsFact)) throw error;
      asked = error.request;
    }
    expect(asked).toEqual(request);
    const known = new Map<string, Json>([[factKey(request), null]]);
    expect(evaluate(text, scope, "strict", { facts: known })).toBeNull();
  });

  test("need an adapter for its tables", () => {
    expect(errorOf(() => evaluate("$reference('currency', 'EUR')")).code).toBe(
      "mapping/no-adapter",
    );
  });

  test("an unknown code is an error that names list and value", () => {
    const error = errorOf(() => evaluate("$code('payment-terms', 'Net 45')"));
    expect(error.code).toBe("mapping/unknown-code");
    expect(error.message).toContain('code list "payment-terms" does not know "Net 45"');
    expect(errorOf(() => evaluate("$code('payment-term', 'x')")).message).toContain(
      'Did you mean "payment-terms"?',
    );
  });
});

describe("errors of JSONata's own functions and operators", () => {
  test.each([
    ["'10.00' > 5", 9, "mixed-types"],
    ["1 + '2'", 3, "operand-not-number"],
    ["$number('x')", 1, "not-a-number"],
    ["$sum(['1'])", 1, "bad-argument"],
    ["{ 1: 2 }", 1, "key-not-text"],
    ["$error('no such plan')", 1, "raised"],
    ["$toMillis('yesterday')", 1, "not-a-time"],
    ["$string($missing)", undefined, undefined],
  ])("%s has a place and a reason", (text, column, reason) => {
    if (column === undefined) return expect(() => evaluate(text)).toThrow("unknown root");
    const error = errorOf(() => evaluate(text));
    expect([error.at.column, error.code]).toEqual([column, `mapping/${reason}`]);
  });

  test("carry the words of $error", () => {
    expect(errorOf(() => evaluate("$error('no such plan')")).message).toBe("no such plan");
  });
});
