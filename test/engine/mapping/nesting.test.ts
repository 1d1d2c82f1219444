import { afterEach, expect, test, vi } from "vitest";
import { compileExpression } from "../../../engine/mapping/index.ts";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { weightOf } from "../../../engine/mapping/syntax/walk.ts";
import { compareOnce } from "./fuzz-cases.ts";
import { context, errorOf, evaluate, map, plainText } from "./kit.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const nest = (before: string, inner: string, after: string, count: number): string =>
  `${before.repeat(count)}${inner}${after.repeat(count)}`;

function treeOf(text: string) {
  const parsed = parse(text);
  if ("fault" in parsed) throw new Error(parsed.fault.code);
  return parsed.ast;
}

/** Characters of all the code that is made of an expression. */
function codeOf(text: string): number {
  const real = globalThis.Function;
  let characters = 0;
  vi.stubGlobal(
    "Function",
    new Proxy(real, {
      construct(target, args: string[]) {
        characters += args.at(-1)?.length ?? 0;
        return Reflect.construct(target, args);
      },
    }),
  );
  const tree = compileTree(treeOf(text), text, {
    strict: false,
    only: "generated",
    isBound: () => false,
  });
  if ("why" in tree) throw new Error(tree.why);
  plainText(tree.program({}, {}, context));
  vi.unstubAllGlobals();
  return characters;
}

/** How often the analysis asks for a place: once or more for each name it visits. */
function visitsOf(text: string): number {
  let asked = 0;
  const ref = (offset: number, length: number) => {
    asked += 1;
    return { file: "f", line: 1, column: offset, length };
  };
  compileExpression({
    id: "x",
    text,
    place: { file: "f", ref },
    mode: "mapping",
    roots: ["input"],
  });
  return asked;
}

test.each([
  ["((…) ?? b) 200 deep", nest("(", "x", " ?? b)", 200)],
  ["((…) ?: b) 200 deep", nest("(", "x", " ?: b)", 200)],
  ["… ?? b 200 long", `x${" ?? b".repeat(200)}`],
  [
    "a list of them",
    `[${nest("(", "x", " ?? y.b)", 100)}, ${nest("(", "$$.z[0]", " ?: b)", 100)}, b]`,
  ],
])("copies of the left side do not multiply: %s", (_, text) => {
  expect(weightOf(treeOf(text))).toBeLessThan(4000);
  expect(JSON.stringify(map(text, { b: 1 }))).toMatch(/^(1|\[1,1\])$/);
});

test("a strict expression has defaults within defaults, too", () => {
  const text = nest("(", "$message.x", " ?? $message.b)", 200);
  expect(evaluate(text, { message: { b: 1 } })).toBe(1);
  expect(errorOf(() => evaluate(text, { message: { c: 1 } })).code).toBe("mapping/absent-path");
});

test("a place behind brackets that are left out is the place in the text", () => {
  const text = `${nest("(", "x", " ?? y)", 40)} & $length(1)`;
  const { column } = errorOf(() => map(text, {})).at;
  expect(text.slice(column - 1)).toMatch(/^\$?length/);
});

test.each([
  ["other operators between", nest("(", "x", " & 'a' ?? b)", 200)],
  ["both by turns", nest("((", "x", " ?? b) ?: c)", 100)],
  ["within calls", nest("$f(", "x", ") ?? b", 200)],
])("what would multiply all the same is a finding: %s", (_, text) => {
  const error = (() => {
    const { diagnostics } = compileExpression({
      id: "x",
      text,
      place: {
        file: "f",
        ref: (offset, length) => ({ file: "f", line: 1, column: offset + 1, length }),
      },
      mode: "mapping",
      roots: ["input"],
    });
    return diagnostics[0];
  })();
  expect(error).toMatchObject({ code: "mapping/too-deep", severity: "error" });
  expect(error?.message).toMatch(/JSONata copies the left side/);
  expect(text.slice((error?.at.column ?? 0) - 1)).toMatch(/^\?[?:]/);
});

test.each([
  "(((((((((a ?? b) ?? c) ?? d) ?? e) ?? f) ?? a) ?? b) ?? c) ?? d)",
  "(((((((((a ?: b) ?: c) ?: d) ?: e) ?: f) ?: a) ?: b) ?: c) ?: d) & 'x'",
  "(((((((((a.b ?? b) ?? list[0]) ?? $string(d)) ?? [e]) ?? f) ?? a) ?? 1) ?? c) ?? d).c",
  "1 + (((((((((a ?? b) ?? c) ?? d) ?? e) ?? f) ?? a) ?? b) ?? c) ?? d)",
  "(((((((((a ?? b) ?: c) ?? d) ?: e) ?? f) ?: a) ?? b) ?: c) ?? d)",
  "(((((((((a ?? b and c) ?? d) ?? e) ?? f) ?? a) ?? b) ?? c) ?? d) ?? e)",
  "{ 'k': (((((((((((a ?? b) ?? c) ?? d)) ?? e) ?? f) ?? a) ?? b)) ?? c) ?? d) }",
])("brackets that are left out change nothing: %s", async (text) => {
  for (const input of [
    {},
    { a: 0 },
    { b: false },
    { c: "", d: 1 },
    { d: 1, e: [] },
    { f: { c: 2 } },
  ]) {
    const { differences, outcomes } = await compareOnce(text, input);
    expect(outcomes).toHaveLength(3);
    expect(differences).toEqual([]);
  }
});

const many = (count: number, one: (index: number) => string, between: string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(between);

/** Twice the text takes about twice the work, or four times where parts are looked at from each level. */
test.each<readonly [string, (count: number) => string]>([
  ["conditions to the left", (n) => nest("(", "a", " ? 1 : b)", n)],
  ["conditions to the right", (n) => `${"a = 1 ? 2 : ".repeat(n)}b`],
  ["a long text", (n) => `a${" & b".repeat(n)}`],
  ["a large object", (n) => `{ ${many(n, (i) => `"k${i}": a${i}.b`, ", ")} }`],
  ["objects within objects", (n) => nest('{ "k": ', "a", " }", n)],
  ["functions within functions", (n) => nest("function($x) { ", "$x", " }", n)],
  ["$map within $map", (n) => nest("$map(a, function($x) { ", "$x", " })", n)],
  [
    "functions that call others",
    (n) =>
      `( $f0 := function($x) { $x }; ${many(n, (i) => `$f${i + 1} := function($x) { $f${i}($x) + $f${i}($x) }`, "; ")}; 1 )`,
  ],
  ["steps within steps", (n) => nest("a.(", "b", ")", n)],
  ["predicates within predicates", (n) => nest("a[", "b", "]", n)],
  ["blocks within blocks", (n) => nest("($x := a; ", "$x", ")", n)],
  ["a long path", (n) => `a${".b".repeat(n)}`],
  ["many variables", (n) => `( ${many(n, (i) => `$v${i} := a${i}`, "; ")}; 1 )`],
  ["what closures do, within calls", (n) => nest("$sum(a.(", "b", ")^(x)[0])", n)],
  ["what closures do, within lists", (n) => nest("[a.(", "b", ")^(x)[0]]", n)],
])("compiling takes no more than it must: %s", (_, make) => {
  const [few, more] = [make(16), make(32)];
  expect(codeOf(more)).toBeLessThan(4.5 * codeOf(few));
  // Functions are followed to where they are called, as long as there are not too many.
  expect(visitsOf(more)).toBeLessThan(Math.max(4.5 * visitsOf(few), 100_000));
  expect(visitsOf(make(128))).toBeLessThan(200_000);
});

test("an expression that no stack can hold is an error", () => {
  const text = nest("-(", "a", ")", 3000);
  const parsed = parse(text);
  const outcome = (): string => {
    if ("fault" in parsed) return parsed.fault.code;
    return errorOf(() => map(text, { a: 1 })).code;
  };
  expect(outcome()).toMatch(/too-deep$/);
});

test.each([
  ["$match(a, /[0-9]+/).match ?? 'none'", { a: "x12" }, "12"],
  ["$match(a, /[0-9]+/).match ?? 'none'", { a: "object" }, "none"],
  ["$replace(a, /x+/i, 'y') ?: 'none'", { a: "aXx" }, "ay"],
  ["[a[$contains($, /^b/)] ?: 'none']", { a: ["b1", "c"] }, ["b1"]],
  ["(function($v)<s:n>{ $length($v) })(a) ?? 0", { a: "abc" }, 3],
  ["(function($v)<n:n>{ $v })(a) ?: 7", { a: 0 }, 7],
  [
    "($f := function($v) { $match($v, /b/).match ?? $g($v) }; $g := function($v) { 'no' }; $f(a))",
    { a: "b" },
    "b",
  ],
])("the left side of a default keeps its patterns and signatures: %s", (text, input, expected) => {
  expect(map(text, input)).toEqual(expected);
});
