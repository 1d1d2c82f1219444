import { globSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { pages } from "../../cli/docs/pages.ts";
import { verbs } from "../../cli/verbs.ts";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { digest } from "../../engine/composition/digest.ts";
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

/** Where a document stands of which an example shows the whole; its first key says what it is. */
const places: Readonly<Record<string, (name: string) => string>> = {
  flow: () => "flows/process/example.yaml",
  system: () => "flows/system/example.yaml",
  adapter: () => "flows/system/example.vendor.yaml",
  mapping: (name) => `mappings/${name}.yaml`,
  codes: (name) => `mappings/codes/${name}.yaml`,
};

interface Example {
  readonly page: string;
  readonly block: string;
  /** Absent where the block is a part of a document. */
  readonly path?: string;
}

function yamlIn(page: string): readonly Example[] {
  const blocks = readFileSync(page, "utf8").matchAll(/```yaml\n([^]*?)```/g);
  return [...blocks].map(([, block = ""]) => {
    const [, kind = "", name = ""] = /^(?:#.*\n)*(\w+): *(\S*)/.exec(block) ?? [];
    const path = places[kind]?.(name);
    return { page, block, ...(path === undefined ? {} : { path }) };
  });
}

function findingsIn(path: string, text: string): readonly string[] {
  const { diagnostics } = compileWorkspace({ ...world, [path]: text }, { digest });
  return (
    diagnostics
      .filter(({ code, at }) => at.file === path && aboutForm.test(code))
      // An example may show what the workspace around it has as well.
      .filter(({ code }) => code !== "spec/duplicate-name")
      .map(({ message, at, code }) => `${at.line}:${at.column} ${message} [${code}]`)
  );
}

const written = [
  "README.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  ...globSync("{engine,cli,bench,test}/**/README.md"),
];

describe("YAML in hand-written pages", () => {
  const examples = written.flatMap(yamlIn);

  test("parses, and what is a whole document is well formed", () => {
    const whole: string[] = [];
    for (const { page, block, path } of examples) {
      expect(() => parse(block) as unknown, `YAML in ${page}`).not.toThrow();
      if (path === undefined) continue;
      whole.push(path);
      expect(findingsIn(path, block), page).toEqual([]);
    }
    expect(whole).toEqual(
      expect.arrayContaining(["flow", "adapter"].map((kind) => places[kind]?.(""))),
    );
  });

  test("a slip in any document would be found", () => {
    const slips = examples.flatMap(({ block, path }) => {
      const slip = block.replace(/^(\s*)owner: /m, "$1ownr: ");
      return path === undefined || slip === block ? [] : [findingsIn(path, slip).length];
    });
    expect(slips).toEqual(slips.map(() => 1));
    expect(slips.length).toBeGreaterThan(2);
  });
});

test("the README shows a flow of the starter workspace, to the letter", () => {
  const [, shown] = /```yaml\n([^]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  expect(shown).toBe(readFileSync("cli/starter/flows/process/order-to-erp.yaml", "utf8"));
});
