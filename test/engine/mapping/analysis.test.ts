import { describe, expect, test } from "vitest";
import { lineage } from "../../../engine/mapping/index.ts";
import type { Analysis, ExpressionMode } from "../../../engine/mapping/index.ts";
import { compile } from "./kit.ts";

function analysis(text: string, mode: ExpressionMode = "strict"): Analysis {
  const { analysis: found, diagnostics } = compile(text, mode);
  if (found === undefined) throw new Error(diagnostics.map((one) => one.message).join("; "));
  return found;
}

const reads = (text: string, mode: ExpressionMode = "strict") =>
  analysis(text, mode).reads.map(
    ({ root, segments, guarded, at }) =>
      `${at.column}+${at.length} ${[`$${root}`, ...segments].join(".")}${guarded ? " guarded" : ""}`,
  );

describe("reads", () => {
  test.each([
    ["$message.data.total", ["1+19 $message.data.total"]],
    ["$state.x ?? $message.id", ["13+11 $message.id", "1+8 $state.x guarded"]],
    ["$exists($state.x)", ["9+8 $state.x guarded"]],
    ["$optional($state.x)", ["11+8 $state.x guarded"]],
    [
      "$message.a[b = $state.c].d",
      ["12+1 $message.a.[].b", "16+8 $state.c", "1+26 $message.a.[].d"],
    ],
    ["$message.lines.{ 'q': qty }", ["1+14 $message.lines", "23+3 $message.lines.[].qty"]],
    ["$message", ["1+8 $message"]],
    ["( $d := $message.data; $d.id )", ["9+13 $message.data", "24+5 $message.data.id"]],
    ["$map($message.l, function($x) { $x.id })", ["6+10 $message.l", "33+5 $message.l.[].id"]],
    ["$message.*.id", ["1+13 $message.*.id"]],
  ])("%s", (text, expected) => {
    expect(reads(text).toSorted()).toEqual(expected.map((one) => one).toSorted());
  });

  test("of a mapping start at its input", () => {
    expect(reads("{ 'a': b.c, 'd': $$.e }", "mapping")).toEqual([
      "8+3 $input.b.c",
      "18+4 $input.e",
    ]);
  });
});

test("comparisons have both sides and the operator's place", () => {
  const [comparison] = analysis("$message.total >= '5.0'").comparisons;
  expect(comparison).toMatchObject({
    operator: ">=",
    at: { column: 16, length: 2 },
    left: { root: "message", segments: ["total"] },
    rightConstant: "5.0",
  });
  expect(comparison?.right).toBeUndefined();
});

test("uses of recorded reads have their constants", () => {
  const found = analysis(
    "[$code('terms', 'Net 30'), $xref('customer', $message.s, 'x'), $canonical('order', 'erp', '1'), $reference('tax', $message.t)]",
  );
  expect(found.codes).toMatchObject([
    { list: "terms", value: "Net 30", at: { column: 2, length: 5 } },
  ]);
  expect(found.crosswalks).toMatchObject([
    { function: "xref", entity: "customer" },
    { function: "canonical", entity: "order", system: "erp" },
  ]);
  expect(found.crosswalks[0]?.system).toBeUndefined();
  expect(found.references).toMatchObject([{ table: "tax" }]);
  expect(found.functions.map(({ name }) => name)).toEqual([
    "code",
    "xref",
    "canonical",
    "reference",
  ]);
});

test("objects made for each item say where they go and whether the list is kept", () => {
  const { mappedObjects } = analysis(
    "{ 'a': lines.{ 'x': y }, 'b': [lines.{ 'x': y }], 'c': lines[].{ 'x': y }, 'd': { 'e': o.lines.{ 'x': y } } }",
    "mapping",
  );
  expect(mappedObjects.map(({ target, keepsList }) => [target, keepsList])).toEqual([
    ["/a", false],
    ["/b", true],
    ["/c", true],
    ["/d/e", false],
  ]);
  const nested = analysis("{ 's': [lines.( parts.{ 'a': x } )] }", "mapping").mappedObjects;
  expect(nested.map(({ target, keepsList }) => [target, keepsList])).toEqual([["/s", true]]);
  expect(mappedObjects[3]?.source).toMatchObject({ root: "input", segments: ["o", "lines"] });
});

describe("lineage", () => {
  test.each([
    ["{ 'a': b.c }", { "/a": ["b.c"] }],
    ["{ 'a': b & '-' & c }", { "/a": ["b", "c"] }],
    ["{ 'l': [lines[q > 0].{ 's': p.code }] }", { "/l/[]/s": ["lines.[].p.code"] }],
    ["{ 'l': lines.{ 's': p, 'o': $$.id } }", { "/l/[]/s": ["lines.[].p"], "/l/[]/o": ["id"] }],
    ["{ 'l': $map(lines, function($x) { { 's': $x.p } }) }", { "/l/[]/s": ["lines.[].p"] }],
    ["( $h := header; { 'n': $h.number } )", { "/n": ["header.number"] }],
    ["( $f := function($x) { $x.a & $x.b }; { 'n': $f(h) } )", { "/n": ["h.a", "h.b"] }],
    ["{ 'c': f ? x : y }", { "/c": ["x", "f", "y"] }],
    ["$merge([{ 'a': b }, { 'c': d }])", { "/a": ["b"], "/c": ["d"] }],
    ["{ 'a/b': c }", { "/a~1b": ["c"] }],
    [
      "{ 's': [lines.( $p := parts; $n ? $p.{ 'a': x } : { 'a': y } )] }",
      { "/s/[]/a": ["lines.[].parts.[].x", "lines.[].y"] },
    ],
    ["lines@$l.{ 's': $l.p }", { "/[]/s": ["lines.[].p"] }],
    ["{ 'd': a ~> $string() }", { "/d": ["a"] }],
    ["{ 'n': 1 }", {}],
    ["$", { "": [""] }],
    ["1 +", {}],
  ])("%s", (text, expected) => {
    const found = Object.fromEntries(lineage(text).map(({ target, sources }) => [target, sources]));
    expect(found).toEqual(expected);
  });
});
