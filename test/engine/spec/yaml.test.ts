import { describe, expect, test } from "vitest";
import { entryAt, type ScalarNode, type YamlNode } from "../../../engine/spec/yaml/node.ts";
import { parseYaml } from "../../../engine/spec/yaml/parse.ts";
import { repairLine } from "../../../engine/spec/yaml/repair-line.ts";
import { toJson } from "../../../engine/spec/yaml/to-json.ts";

function scalarAt(root: YamlNode | undefined, pointer: string): ScalarNode {
  const node = root === undefined ? undefined : entryAt(root, pointer)?.value;
  if (node?.kind !== "scalar") throw new Error(`no scalar at ${pointer}`);
  return node;
}

/** What the file has where a scalar says that `word` stands. */
function found(text: string, word: string): string {
  const scalar = scalarAt(parseYaml("f.yaml", text).root, "/k");
  const { line, column, length } = scalar.place.ref(scalar.text.indexOf(word), word.length);
  return (text.split("\n")[line - 1] ?? "").slice(column - 1, column - 1 + length);
}

describe("places inside a scalar", () => {
  test.each([
    ["plain", "k: a $word b"],
    ["plain over lines", "k: a\n  b\n  $word c"],
    ["single quotes", "k: 'it''s $word'"],
    ["double quotes with escapes", 'k: "a\\n\\t\\u0041\\x41 $word"'],
    ["double quotes with a wide escape", 'k: "\\U0001F600 $word"'],
    ["double quotes with a joined line", 'k: "a\\\n   b $word"'],
    ["double quotes over blank lines", 'k: "a\n\n  b $word"'],
    ["a block", "k: |\n  a\n    b\n  $word"],
    ["a block with an indentation given", "k: |2\n   a\n  $word"],
    ["a folded block", "k: >-\n  a\n  b\n\n  $word c"],
    ["Windows line ends", 'k: "a\r\n  $word"\r\n'],
  ])("%s", (_, text) => {
    expect(found(text, "$word")).toBe("$word");
  });
});

describe("what YAML misreads", () => {
  test.each([
    ["a: { id: ${ $x } }", 'a: { id: "${ $x }" }'],
    ["a: {id: ${ $x }, b: ${ $f(1, 2) }}", 'a: {id: "${ $x }", b: "${ $f(1, 2) }"}'],
    ["- [ ${ $a[0] }, b ]", '- [ "${ $a[0] }", b ]'],
    ["- { when: $b.type in ['x','y'], event: z }", `- { when: "$b.type in ['x','y']", event: z }`],
    ['a: ${ $x ? "p: q" : 2 }', `a: '\${ $x ? "p: q" : 2 }'`],
    ["key: *customer", 'key: "*customer"'],
    ["if: `x`", 'if: "`x`"'],
    ["if: %x", 'if: "%x"'],
    ["if: `x` # why", 'if: "`x`" # why'],
    ["a: ${ $x ? 'p: q' : 1 }  # why", `a: "\${ $x ? 'p: q' : 1 }"  # why`],
    ["if: @x", 'if: "@x"'],
  ])("%s", (line, repaired) => {
    expect(repairLine(line)?.line).toBe(repaired);
  });

  test.each([
    'a: "${ $x }"',
    "a: { b: 1, c: [d, e] }",
    "a: |",
    "a: >-",
    "a: b # $x",
    "# ${ $x }",
    "",
  ])("leaves %j alone", (line) => {
    expect(repairLine(line)).toBeUndefined();
  });

  test("is one finding each, and the rest of the file is read", () => {
    const text = "a: { id: ${ $x } }\nb: ok\nc: ${ $x ? 'p: q' : 1 }\nd: { e: 1 }\n";
    const { root, broken, diagnostics } = parseYaml("f.yaml", text);
    expect(broken).toBe(false);
    expect(root && toJson(root)).toEqual({
      a: { id: "${ $x }" },
      b: "ok",
      c: "${ $x ? 'p: q' : 1 }",
      d: { e: 1 },
    });
    expect(diagnostics.map(({ code, at, fix }) => [code, at.line, fix])).toEqual([
      ["spec/misread-expression", 1, 'a: { id: "${ $x }" }'],
      ["spec/misread-expression", 3, `c: "\${ $x ? 'p: q' : 1 }"`],
    ]);
  });

  test("a comment after a whole expression is a comment", () => {
    expect(parseYaml("f.yaml", 'if: $a = "x"  # why').diagnostics).toEqual([]);
  });
});

describe("what YAML allows and nobody means", () => {
  const codes = (text: string) => parseYaml("f.yaml", text).diagnostics.map(({ code }) => code);

  test.each([
    ["a: 007", ["spec/leading-zero"]],
    ["a: -01.5", ["spec/leading-zero"]],
    ['a: "007"', []],
    ["a: 0", []],
    ["a: 0.5", []],
    ["a: 9007199254740991", []],
    ["a: 9007199254740992", ["spec/unsafe-integer"]],
    ["a: 1\na: 2", ["spec/duplicate-key"]],
    ["constructor: 1", ["spec/reserved-key"]],
    ["a: *b", ["spec/alias"]],
    ["a: &x [1]\nb: *x", []],
    ["a: &x [*x]", ["spec/alias"]],
    ["? [a]\n: b", ["spec/wrong-type"]],
    ["a: b\n---\nc: d", ["spec/yaml-syntax"]],
  ])("%j", (text, wanted) => {
    expect(codes(text)).toEqual(wanted);
  });

  test("numbers keep the text they were written as", () => {
    expect(scalarAt(parseYaml("f.yaml", "k: 1.10").root, "/k")).toMatchObject({
      value: 1.1,
      text: "1.10",
    });
  });

  test("aliases that multiply end in one finding", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 30; i++) {
      const item = `*a${i - 1}`;
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => item).join(", ")}]`);
    }
    expect(codes(lines.join("\n"))).toEqual(["spec/alias"]);
  });

  test("nesting without end is a finding, not a crash", () => {
    expect(codes("[".repeat(50_000))).toEqual(["spec/yaml-syntax"]);
    expect(codes(`${"[".repeat(300)}${"]".repeat(300)}`)).toContain("spec/yaml-syntax");
  });
});
