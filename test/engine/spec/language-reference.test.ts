import { describe, expect, test } from "vitest";
import { codes } from "../../../engine/errors/codes.ts";
import { isJsonObject } from "../../../engine/model/json.ts";
import { parseYaml } from "../../../engine/spec/yaml/parse.ts";
import { toJson } from "../../../engine/spec/yaml/to-json.ts";
import { compileWorkspace, editorSchemas, languageReference } from "../../../engine/spec/index.ts";
import { rules } from "../../../engine/spec/rules/index.ts";
import { compileSchemas, lintSchema } from "../../../engine/validation/index.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";

const at = { file: "", line: 1, column: 1, length: 1 };
const reference = languageReference();

describe("the reference", () => {
  test("has every key with a sentence", () => {
    for (const [kind, keys] of Object.entries(reference.documents)) {
      for (const { key, docs, expects } of keys) {
        expect(`${kind}.${key}: ${docs}`).toMatch(/: .*[.…]$/);
        expect(expects).not.toBe("");
      }
    }
  });

  test("has every code, and a rule's own example where there is one", () => {
    expect(reference.codes.map(({ code }) => code)).toEqual(Object.keys(codes));
    for (const rule of rules.filter(({ code }) => code !== "reference/unknown-team")) {
      const entry = reference.codes.find(({ code }) => code === rule.code);
      expect(entry).toMatchObject({ reason: rule.docs, example: { wrong: rule.wrong } });
      expect(rule.wrong).not.toBe(rule.right);
    }
  });

  test("shows each code by an example, but where there is no text to show", () => {
    const without = reference.codes.filter(({ example }) => example === undefined);
    expect(without.map(({ code }) => code)).toEqual(["spec/missing-workspace", "mapping/too-deep"]);
  });

  test("the keys inside a step are told", () => {
    const call = reference.steps.find(({ kind }) => kind === "call");
    expect(call?.keys.map(({ key }) => key)).toEqual(["call", "with", "map", "cache"]);
    const cache = call?.keys.find(({ key }) => key === "cache");
    expect(cache?.keys.map(({ key, required }) => [key, required])).toContainEqual(["fresh", true]);
  });
});

describe("examples of step kinds", () => {
  test.each(reference.steps.map(({ kind, example }) => [kind, example]))(
    "%s has the structure it shows",
    (_, example) => {
      const indented = example.replaceAll(/^/gm, "  ");
      const flow = `flow: example\nowner: sales\ntrigger: { api: { post: /x } }\nsteps:\n${indented}`;
      const { diagnostics } = compileWorkspace(
        { ...soundWorkspace, "flows/process/example.yaml": flow },
        { digest },
      );
      // Names of other systems and steps are the example's own.
      const flaws = diagnostics.filter(({ code }) => /^(?:spec|mapping)\//.test(code));
      expect(flaws).toEqual([]);
    },
  );
});

describe("editor schemas", () => {
  const schemas = new Map(Object.entries(editorSchemas()));
  const plans = compileSchemas(
    new Map([...schemas].map(([name, schema]) => [name, { schema, at }])),
  );
  const kindOf: Readonly<Record<string, string>> = {
    workspace: "workspace.schema.json",
    system: "system.schema.json",
    adapter: "adapter.schema.json",
  };

  test("are sound JSON Schema", () => {
    for (const [name, schema] of schemas) expect(lintSchema(name, schema, schemas)).toEqual([]);
    expect([...schemas.keys()]).toEqual([
      "workspace.schema.json",
      "flow.schema.json",
      "system.schema.json",
      "adapter.schema.json",
      "mapping.schema.json",
      "codes.schema.json",
      "test.schema.json",
    ]);
  });

  test("take what the compiler takes", () => {
    let checked = 0;
    for (const [file, text] of Object.entries(soundWorkspace)) {
      const { root } = parseYaml(file, text);
      const json = root === undefined ? null : toJson(root);
      const [first = ""] = isJsonObject(json) ? Object.keys(json) : [];
      const plan = plans.get(kindOf[first] ?? "");
      if (plan === undefined) continue;
      expect(plan.check(json)).toEqual([]);
      checked++;
    }
    expect(checked).toBe(5);
  });

  test("refuse what the compiler refuses", () => {
    const flow = plans.get("flow.schema.json");
    const sound = { flow: "a", steps: [{ wait: { for: "2m" } }] };
    expect(flow?.check(sound)).toEqual([]);
    expect(flow?.check({ ...sound, ownr: "x" })).toMatchObject([
      { message: 'unknown property "ownr". Did you mean "owner"?' },
    ]);
    expect(flow?.check({ ...sound, steps: [{ wait: { for: "soon" } }] })).not.toEqual([]);
  });
});
