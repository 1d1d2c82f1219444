import { beforeAll, describe, expect, test } from "vitest";
import { explain } from "../../../engine/mapping/explain.ts";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { further, known } from "./hostile.ts";
import { context, errorOf, evaluate, map } from "./kit.ts";
import { leastCpuMs } from "../least-cpu.ts";

/** The code of the error that an evaluation ends in, without its room. */
function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return "too-deep";
    return isFault(error) ? explain(error).code.replace("mapping/", "") : String(error);
  }
}

/** The expression's program, by this back end alone. */
function programOf(text: string, only: "generated" | "closures"): () => unknown {
  const parsed = parse(text);
  if ("fault" in parsed) throw new Error(parsed.fault.code);
  const tree = compileTree(parsed.ast, text, { strict: false, only, isBound: () => false });
  if ("why" in tree) throw new Error(tree.why);
  return () => tree.program(undefined, {}, context);
}

describe("an expression that would not end, or would fill memory, ends in an error", () => {
  /** Milliseconds of CPU of the work that spends all its fuel by the plainest loop, on this machine, now. */
  let yardstick: number;
  beforeAll(() => {
    const run = programOf("[1..1000].[1..1000].[1..1000]", "generated");
    yardstick = leastCpuMs(0, () => codeOf(run));
  });

  describe.each(["generated", "closures"] as const)("by the back end %s", (only) => {
    test.each([...known, ...further])("$name", ({ text, ends }) => {
      const run = programOf(text, only);
      // The yardstick takes about 100 ms, and the dearest of these three to four times as long; under the
      // instruments of coverage, what the yardstick does not go through, up to twenty times.
      const bound = 60 * yardstick;
      const taken = leastCpuMs(bound, () => {
        if ("value" in ends) expect(run()).toEqual(ends.value);
        else expect(codeOf(run)).toBe(ends.code);
      });
      expect(taken).toBeLessThan(bound);
    });
  });

  test("a date picture that is wide", () => {
    const text = "$fromMillis(0, '[Y,*-999999999]')";
    expect(errorOf(() => evaluate(text)).code).toBe("mapping/picture-too-long");
  });

  test("data nested deeper than the stack", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i += 1) deep = [deep];
    expect(errorOf(() => evaluate("$message.x", { message: deep })).code).toMatch(/^mapping\//);
    expect(errorOf(() => evaluate("$message", { message: deep })).code).toBe("mapping/too-deep");
    expect(errorOf(() => evaluate("$string($message)", { message: deep })).code).toBe(
      "mapping/too-deep",
    );
  });

  test("a text nested deeper than the parser's stack is a finding", () => {
    expect(() => evaluate(`${"(".repeat(50_000)}1${")".repeat(50_000)}`)).toThrow("nested");
  });

  test("functions within one another, however many, are compiled in time that grows with the text", () => {
    const nest = (count: number): string => {
      const begins = Array.from({ length: count }, (_, at) => `$map(a, function($v${at}) { `);
      return `${begins.join("")}$v0 + $v${count - 1}${" })".repeat(count)}`;
    };
    expect(map(nest(1), { a: 4 })).toBe(8);
    expect(map(nest(30), { a: 4 })).toEqual(
      Array.from({ length: 29 }).reduce((inner) => [inner], 8),
    );
    // Four times the text takes four times as long, and 16 times where each level costs as much as all above it.
    const bound = 10 * leastCpuMs(0, () => map(nest(100), { a: 4 }));
    expect(leastCpuMs(bound, () => map(nest(400), { a: 4 }))).toBeLessThan(bound);
  });

  test("a pattern that backtracks for ever elsewhere", () => {
    const text = `$contains('${"a".repeat(5000)}!', /(a+)+$/)`;
    expect(evaluate(text)).toBe(false);
  });

  test("many distinct objects take linear time", () => {
    const list = Array.from({ length: 20_000 }, (_, index) => ({ id: index % 10_000, x: [1] }));
    expect(map("$count($distinct($))", list)).toBe(10_000);
    expect(map("$keys(${$string(id): x})", list)).toHaveLength(10_000);
  });

  test("long lists have a largest and a smallest item", () => {
    expect(map("[$max([1..200000]), $min([1..200000])]", null)).toEqual([200_000, 1]);
    expect(map("$max([])", null)).toBeUndefined();
  });

  test.each([
    ["$pad('ab', 5)", "ab   "],
    ["$pad('ab', -5, '#')", "###ab"],
    ["$pad('ab', 7, '12345')", "ab12345"],
    ["$pad('😂', 3, '✓😂')", "😂✓😂"],
    ["$pad('ab', 1)", "ab"],
  ])("padding still pads: %s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test("the same limits hold every time", () => {
    const text = "($f := function($n) { 1 + $f($n) }; $f(1))";
    expect(errorOf(() => evaluate(text)).message).toBe(errorOf(() => evaluate(text)).message);
  });
});

describe("results", () => {
  test("are plain, and nothing reaches a prototype", () => {
    const input = JSON.parse(
      '{"k":"__proto__","v":{"polluted":true},"__proto__":{"x":1}}',
    ) as never;
    const result = map(
      '{ k: v, "constructor": "c", "own": `__proto__`.x, "none": toString }',
      input,
    );
    expect(JSON.stringify(result)).toBe(
      '{"constructor":"c","own":1,"__proto__":{"polluted":true}}',
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.getPrototypeOf(map("$merge([{'a': 1}])", null))).toBe(Object.prototype);
    expect(map("$constructor", {})).toBeUndefined();
  });

  test("have no marks of sequences and no functions", () => {
    const result = map("{ 'l': a.b, 'f': function($x) { $x }, 's': /x/ }", {
      a: [{ b: 1 }, { b: 2 }],
    });
    expect(Object.keys(Object(result) as object)).toEqual(["l"]);
    expect(Object.keys((result as { l: number[] }).l)).toEqual(["0", "1"]);
  });

  test("do not change the input, frozen or not", () => {
    const input = Object.freeze({ a: Object.freeze([]), b: Object.freeze([1]) });
    expect(map("{ 'x': a{ 'k': 1 }, 'y': b[], 'z': $ ~> |$|{'n': 1}| }", input)).toEqual({
      x: { k: 1 },
      y: [1],
      z: { a: [], b: [1], n: 1 },
    });
    expect(errorOf(() => map("{} ~> |$$|{'n': 1}|", { a: 1 })).code).toBe(
      "mapping/transform-outside",
    );
  });

  test("that are infinite are errors", () => {
    expect(errorOf(() => map("1 / 0", null)).code).toBe("mapping/number-out-of-range");
  });
});

describe("what is not repeatable comes in by the context", () => {
  test("time", () => {
    expect(map("[$now(), $millis()]", null, { now: 0 })).toEqual(["1970-01-01T00:00:00.000Z", 0]);
    expect(map("$toMillis('12:30', '[H01]:[m01]')", null, { now: 86_400_000 })).toBe(131_400_000);
    expect(map("$toMillis('2026-01-01T00:00:00')", null)).toBe(1_767_225_600_000);
  });

  test("luck", () => {
    const text = "[$random(), $random(), $shuffle([1..20])]";
    expect(map(text, null)).toEqual(map(text, null));
    expect(map(text, null)).not.toEqual(map(text, null, { seed: "other" }));
    const [first, second] = map(text, null) as [number, number];
    expect(first).not.toBe(second);
  });
});
