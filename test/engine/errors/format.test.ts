import { describe, expect, test } from "vitest";
import { codes, finding } from "../../../engine/errors/codes.ts";
import { compareDiagnostics } from "../../../engine/errors/diagnostic.ts";
import { formatFindings } from "../../../engine/errors/format.ts";

const files = { "flows/a, b.yaml": "steps:\n  - rout: []\n" };
const at = { file: "flows/a, b.yaml", line: 2, column: 5, length: 4 };
const unknownStep = finding("spec/unknown-step", at, 'unknown step kind "rout"', {
  help: "step kinds are route\nand others",
  fix: "- route: []",
  related: [{ at: { ...at, line: 1 }, message: "the list begins here" }],
});
const unused = finding("unused/schema", at, "100% unused");

describe("human", () => {
  test("shows place, sentence, code, frame and what to do", () => {
    expect(formatFindings([unknownStep], "human", { files })).toMatchInlineSnapshot(`
      "flows/a, b.yaml:2:5: unknown step kind "rout" [spec/unknown-step]
         |
       2 |   - rout: []
         |     ^~~~
         = see: flows/a, b.yaml:1:5: the list begins here
         = help: step kinds are route
      and others
         = write: - route: []"
    `);
  });

  test("says what is no error, and goes without a frame where there is no text", () => {
    expect(formatFindings([unused], "human")).toBe(
      "flows/a, b.yaml:2:5: information: 100% unused [unused/schema]",
    );
  });

  test("colours only when asked", () => {
    expect(formatFindings([unknownStep], "human", { files })).not.toContain("\u001B");
    expect(formatFindings([unknownStep], "human", { files, color: true })).toContain("\u001B[31m");
  });
});

test("json is the findings themselves", () => {
  expect(JSON.parse(formatFindings([unknownStep, unused], "json"))).toEqual([unknownStep, unused]);
});

test("github commands are escaped and one line each", () => {
  const text = formatFindings([unknownStep, unused], "github");
  expect(text.split("\n")).toHaveLength(2);
  expect(text).toContain(
    '::error file=flows/a%2C b.yaml,line=2,col=5,endColumn=9,title=spec/unknown-step::unknown step kind "rout"%0A',
  );
  expect(text).toContain("::notice ");
  expect(text).toContain("100%25 unused");
});

test("sarif names each rule once, with its level and the place", () => {
  const sarif: unknown = JSON.parse(formatFindings([unknownStep, unused, unused], "sarif"));
  expect(sarif).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "sluice", rules: [{ id: "spec/unknown-step" }, { id: "unused/schema" }] },
        },
        results: [
          {
            ruleId: "spec/unknown-step",
            ruleIndex: 0,
            level: "error",
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "flows/a%2C%20b.yaml" },
                  region: { startLine: 2, startColumn: 5, endLine: 2, endColumn: 9 },
                },
              },
            ],
          },
          { ruleIndex: 1, level: "note" },
          { ruleIndex: 1 },
        ],
      },
    ],
  });
});

test("findings sort by file, line, column and code", () => {
  const place = (file: string, line: number) => ({ file, line, column: 1, length: 1 });
  const sorted = [
    finding("spec/tab", place("b", 1), "x"),
    finding("spec/tab", place("a", 2), "x"),
    finding("spec/tab", place("a", 1), "x"),
    finding("spec/alias", place("a", 1), "x"),
  ].toSorted(compareDiagnostics);
  expect(sorted.map(({ code, at: { file, line } }) => `${file}${line} ${code}`)).toEqual([
    "a1 spec/alias",
    "a1 spec/tab",
    "a2 spec/tab",
    "b1 spec/tab",
  ]);
});

describe("the table of codes", () => {
  test.each(Object.entries(codes))("%s is a sentence with a remedy", (code, entry) => {
    expect(code).toMatch(/^[a-z]+\/[a-z]+(-[a-z]+)*$/);
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*[.`]$/);
  });
});
