import { describe, expect, test } from "vitest";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { digest } from "../../../engine/composition/digest.ts";
import { compileExpression } from "../../../engine/mapping/expression.ts";
import { allDocuments } from "../../../engine/spec/documents/document.ts";
import { ReadCache } from "../../../engine/spec/documents/read-cache.ts";
import { readWorkspace as readTexts } from "../../../engine/spec/documents/read-workspace.ts";
import { compileWorkspace, type KeptParts } from "../../../engine/spec/index.ts";
import { SourceText } from "../../../engine/spec/yaml/source-text.ts";
import { context } from "../mapping/kit.ts";
import { keptParts } from "./kept-parts.ts";

const { files } = readWorkspace(".");

/** All that is known of the expressions of the reference workspace, to every place. */
function analyses(kept?: KeptParts) {
  const documents = readTexts(files, new ReadCache(kept));
  const uses = allDocuments(documents).flatMap(({ walk }) =>
    walk.allSites().flatMap((site) =>
      site.uses.map(({ expression: { id, text, at, why }, analysis, pointer }) => {
        return { id, text, at, why, analysis, pointer };
      }),
    ),
  );
  const mappings = [...documents.mappings.values()].map(
    ({ expression: { id, text, at, why }, analysis }) => ({ id, text, at, why, analysis }),
  );
  return [...uses, ...mappings];
}

describe("what was found of parts of a workspace before", () => {
  const kept = keptParts();
  const plain = analyses();

  test("is what is found of each expression, to every place, the first time and again", () => {
    expect(plain.length).toBeGreaterThan(2000);
    expect(analyses(kept)).toEqual(plain);
    const sizes = kept.sizes();
    expect(sizes["expressions"]).toBeGreaterThan(500);
    expect(analyses(kept)).toEqual(plain);
    expect(kept.sizes()).toEqual(sizes);
  });

  test("makes the same findings and fallbacks", () => {
    const found = (parts?: KeptParts) => {
      const { diagnostics, fallbacks, generation } = compileWorkspace(files, {
        digest,
        ...(parts === undefined ? {} : { kept: parts, cache: new ReadCache(parts) }),
      });
      const why = fallbacks().map((one) => [one.id, one.at, one.why, one.compiled]);
      return { diagnostics, why, hash: generation?.hash };
    };
    const without = found();
    expect(without.hash).toBeDefined();
    expect(found(kept)).toEqual(without);
    expect(kept.sizes()["examples"]).toBeGreaterThan(50);
    expect(found(kept)).toEqual(without);
  });

  test("is used: the tree of a schema is not built where nothing is to be said of its parts", () => {
    const parts = keptParts();
    const asked: string[] = [];
    const trees = {
      ...parts.trees,
      get: (text: string) => {
        asked.push(text);
        return parts.trees.get(text);
      },
    };
    const good = "type: object\nproperties: { a: { type: string, x-pii: true } }\n";
    const slip = good.replace("true", "yes");
    const compile = (text: string) => {
      asked.length = 0;
      const texts = { "sluice.yaml": "workspace: w\n", "schemas/a.yaml": text };
      const cache = new ReadCache({ ...parts, trees });
      const found = compileWorkspace(texts, { digest, cache });
      return found.diagnostics.filter(({ code }) => code === "schema/annotation");
    };
    for (const [text, findings] of [
      [good, 0],
      [slip, 1],
    ] as const) {
      const first = compile(text);
      expect(first).toHaveLength(findings);
      expect(compile(text)).toEqual(first);
      expect(asked.includes(text)).toBe(findings > 0);
    }
  });

  test("is used: an example that is said to be sound is not checked", () => {
    const schemas = {
      "schemas/a.yaml": "type: object\nproperties: { b: { $ref: ./b } }\nexamples: [{ b: 1 }]\n",
      "schemas/b.yaml": "type: string\n",
    };
    const codesOf = (texts: Record<string, string>, examples: KeptParts["examples"]) =>
      compileWorkspace(
        { ...texts, "sluice.yaml": "workspace: w\n" },
        { digest, kept: { examples } },
      )
        .diagnostics.map(({ code }) => code)
        .filter((code) => code === "schema/example");
    const names: string[] = [];
    const noted = {
      get: () => undefined,
      has: () => false,
      set: (name: string) => names.push(name),
    };
    expect(codesOf(schemas, noted)).toEqual(["schema/example"]);
    expect(names).toEqual([]);
    const asked: string[] = [];
    const all = {
      get: (name: string) => {
        asked.push(name);
        return true as const;
      },
      has: () => true,
      set: () => {},
    };
    expect(codesOf(schemas, all)).toEqual([]);
    // What a reference leads to is part of what it is known by.
    codesOf({ ...schemas, "schemas/b.yaml": "type: number\n" }, all);
    expect(asked).toHaveLength(2);
    expect(asked[0]).not.toBe(asked[1]);
  });
});

describe("an expression that was found sound before", () => {
  const source = (text: string, kept: KeptParts, roots = ["input"] as const) => ({
    id: "one",
    text,
    place: {
      file: "m.jsonata",
      ref: (offset: number, length: number) =>
        new SourceText("m.jsonata", text).ref(offset, offset + length),
    },
    mode: "mapping" as const,
    roots,
    kept: kept.expressions,
  });

  test("is evaluated as ever", () => {
    const kept = keptParts();
    for (const round of ["first", "again"]) {
      const { expression } = compileExpression(source("a + 1", kept));
      expect(expression?.evaluate({ input: { a: 2 } }, context), round).toBe(3);
    }
  });

  test("with a finding, is looked at each time", () => {
    const kept = keptParts();
    const text = "{ 'a': $nobody }";
    const first = compileExpression(source(text, kept));
    expect(first.diagnostics.map(({ code, at }) => [code, at.column])).toEqual([
      ["mapping/unknown-root", 8],
    ]);
    expect(kept.sizes()["expressions"]).toBe(0);
    expect(compileExpression(source(text, kept)).diagnostics).toEqual(first.diagnostics);
  });

  test("keeps arguments that are not constant apart from null", () => {
    const kept = keptParts();
    const text = "$join([a, $string(null)], $string(b)) & $map(c, $string)";
    const plain = compileExpression({ ...source(text, kept), kept: undefined }).analysis;
    expect(plain?.functions.length).toBeGreaterThan(1);
    compileExpression(source(text, kept));
    expect(compileExpression(source(text, kept)).analysis).toEqual(plain);
  });
});
