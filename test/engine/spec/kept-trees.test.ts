import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type KeptTrees,
  type PackedNode,
  packTree,
  unpackTree,
} from "../../../engine/spec/yaml/kept-trees.ts";
import type { YamlNode } from "../../../engine/spec/yaml/node.ts";
import { parseYaml } from "../../../engine/spec/yaml/parse.ts";
import { readYamlText } from "../../../engine/spec/yaml/read-text.ts";
import { SourceText } from "../../../engine/spec/yaml/source-text.ts";

const root = new URL("../../../", import.meta.url).pathname;
const texts = ["flows", "mappings", "schemas"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/.test(path))
    .map((path) => readFileSync(join(root, folder, path), "utf8")),
);

/** The tree with the place of every character instead of the function that tells it. */
function spelledOut(node: YamlNode | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.kind === "list") return { ...node, items: node.items.map(spelledOut) };
  if (node.kind === "map") {
    const entries = node.entries.map((entry) => ({ ...entry, value: spelledOut(entry.value) }));
    return { ...node, entries };
  }
  const offsets = [...Array(node.text.length + 2).keys()];
  const place = offsets.map((offset) => JSON.stringify(node.place.ref(offset, 2)));
  return { ...node, place: [node.place.file, ...place] };
}

function kept(): KeptTrees & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    get: (text) => {
      const tree = all.get(text);
      return tree === undefined ? undefined : (JSON.parse(tree) as PackedNode);
    },
    has: (text) => all.has(text),
    set: (text, tree) => all.set(text, JSON.stringify(tree)),
  };
}

describe("a tree that is kept", () => {
  test("is what the parser makes of the text, to every place in it", () => {
    expect(texts.length).toBeGreaterThan(100);
    const more = [
      "a: \"x\\u00e9 \\\n  y\"\nb: |\n  one\n  two\nc: >-\n  folded\n  text\nd: 'it''s'\ne:\nf: ~\ng: 1.10\n",
      "list:\n  - &one { a: [1, 2, { b: }] }\n  - *one\n",
      "\u{1F600}: \u{1F600} \u{1F600}\r\nnext: - 1\r\n".replace("- 1", "x"),
    ];
    for (const text of [...texts, ...more]) {
      const parsed = parseYaml("f.yaml", text);
      if (parsed.root === undefined) throw new Error(`cannot be read:\n${text}`);
      const packed = JSON.parse(JSON.stringify(packTree(parsed.root))) as PackedNode;
      const tree = unpackTree(new SourceText("f.yaml", text), packed);
      expect(spelledOut(tree), text).toEqual(spelledOut(parsed.root));
    }
  });

  test("is used for the same text, in whatever file it stands", () => {
    const trees = kept();
    const text = "a: { b: 1 }\n";
    readYamlText("one.yaml", text, trees);
    trees.all.set(text, JSON.stringify([0, [1, 1, 1], "kept", "kept", 0, 1, "plain"]));
    const { root: found } = readYamlText("two.yaml", text, trees);
    expect(found).toMatchObject({ value: "kept", at: { file: "two.yaml" } });
  });

  test.each([
    ["a mistake", "a: [\n"],
    ["a finding", "a: 007\n"],
    ["nothing in it", ""],
  ])("is none of a text with %s", (_, text) => {
    const trees = kept();
    const first = readYamlText("f.yaml", text, trees);
    expect(trees.all.size).toBe(0);
    const { diagnostics } = readYamlText("f.yaml", text, trees);
    expect(diagnostics).toEqual(first.diagnostics);
  });
});
