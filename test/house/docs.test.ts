import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { pages } from "../../cli/docs/pages.ts";
import { verbs } from "../../cli/verbs.ts";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { digest } from "../../engine/digest.ts";
import { compileWorkspace, editorSchemas, languageReference } from "../../engine/spec/index.ts";

const remedy = "stale: write it anew with `npx sluice docs --write && npx sluice schema --write`";

test("the generated pages are what the definitions say", async () => {
  for (const [path, text] of Object.entries(await pages(verbs))) {
    expect(readFileSync(path, "utf8") === text, `${path} is ${remedy}`).toBe(true);
  }
});

test("the editor schemas are what the definitions say", () => {
  const made = editorSchemas();
  expect(readdirSync("schemas/spec").sort()).toEqual(Object.keys(made).sort());
  for (const [name, schema] of Object.entries(made)) {
    const text = readFileSync(`schemas/spec/${name}`, "utf8");
    expect(
      text === `${JSON.stringify(schema, null, 2)}\n`,
      `schemas/spec/${name} is ${remedy}`,
    ).toBe(true);
  }
});

const world = readWorkspace("cli/starter").files;

/** Findings about names need the world around an example; those about form must not be there. */
const aboutForm = /^(spec|mapping|config)\//;

function formFindings(steps: string): string[] {
  const indented = steps.replace(/^/gm, "  ").trimEnd();
  const flow = `flow: example\nlayer: process\nowner: operations\ninput: canonical/order@1\nsteps:\n${indented}\n`;
  const path = "flows/process/example.yaml";
  const { diagnostics } = compileWorkspace({ ...world, [path]: flow }, { digest });
  return diagnostics
    .filter(({ code, at }) => at.file === path && aboutForm.test(code))
    .map(({ message, at, code }) => `${at.line}:${at.column} ${message} [${code}]`);
}

describe("each step kind", () => {
  for (const { kind, example } of languageReference().steps) {
    test(`${kind}: its example`, () => {
      expect(formFindings(example)).toEqual([]);
    });
  }
});

test("a broken example would be found", () => {
  expect(formFindings("- call: erp.createOrder\n  whith: { a: 1 }\n")).toHaveLength(1);
});

test("YAML in hand-written pages parses, and flows among it are well formed", () => {
  const written = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)];
  let flows = 0;
  for (const path of written.filter((name) => name.endsWith(".md"))) {
    for (const [, block = ""] of readFileSync(path, "utf8").matchAll(/```yaml\n([^]*?)```/g)) {
      expect(() => parse(block) as unknown, `YAML in ${path}`).not.toThrow();
      if (!block.startsWith("flow: ")) continue;
      flows += 1;
      const steps = block.split(/^steps:\n/m)[1]?.split(/^\S/m)[0] ?? "";
      expect(formFindings(steps.replace(/^ {2}/gm, "")), path).toEqual([]);
    }
  }
  expect(flows).toBeGreaterThan(0);
});

test("the README shows a flow of the starter workspace, to the letter", () => {
  const [, shown] = /```yaml\n([^]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  expect(shown).toBe(readFileSync("cli/starter/flows/process/order-to-erp.yaml", "utf8"));
});
