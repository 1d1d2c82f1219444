import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { convert } from "../../../engine/spec/yaml/convert.ts";
import type { YamlNode } from "../../../engine/spec/yaml/node.ts";
import { readSimple } from "../../../engine/spec/yaml/simple/read.ts";
import { SourceText } from "../../../engine/spec/yaml/source-text.ts";

/** `SIMPLE_YAML_SEED=n npx vitest run test/engine/spec/simple-yaml.test.ts` repeats a run. */
const seed = Number(process.env["SIMPLE_YAML_SEED"] ?? Date.now() % 1_000_000);
const damagedMost = 1500;
const root = new URL("../../../", import.meta.url).pathname;
const workspace = ["flows", "mappings", "schemas"].flatMap(yamlFiles);
const all = [...workspace, ...yamlFiles("test")];

function yamlFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/.test(path) && !path.includes("node_modules"))
    .map((path) => readFileSync(join(root, folder, path), "utf8"));
}

/** What the library makes of a text, or nothing where it or `convert` finds anything wrong. */
function byLibrary(source: SourceText): YamlNode | undefined {
  const document = parseDocument(source.text, { uniqueKeys: false, prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  const { root: made, diagnostics } = convert(document, source);
  return diagnostics.length > 0 ? undefined : made;
}

/** The tree with the place of every character instead of the function that tells it. */
function spelledOut(node: YamlNode | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.kind === "list") return { ...node, items: node.items.map(spelledOut) };
  if (node.kind === "map") {
    const entries = node.entries.map((entry) => ({ ...entry, value: spelledOut(entry.value) }));
    return { ...node, entries };
  }
  const offsets = [...Array(node.text.length + 2).keys()];
  return { ...node, place: offsets.map((offset) => JSON.stringify(node.place.ref(offset, 2))) };
}

/** True when the text is simple; whatever is read must then be what the library reads. */
function compare(text: string): boolean {
  const source = new SourceText("f.yaml", text);
  const simple = readSimple(source);
  if (simple === undefined) return false;
  expect(spelledOut(simple), text).toEqual(spelledOut(byLibrary(source)));
  return true;
}

function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const scraps =
  `: |- |:|: |#| #|-|"|'|[|]|{|}|,|>|&a|*a|!x|%|@|\`|?|? |\\|$|0|007|.|~|null|é|…|“|<<|\n|\n\n|\n  |  |>-\n`
    .split("|")
    .concat("|", "|\n");

/** Some lines of a text, with some characters gone, doubled or put in. */
function damaged(text: string, below: (n: number) => number): string {
  const lines = text.split("\n");
  const from = below(lines.length);
  const part = lines.slice(from, from + 1 + below(25));
  const indent = /^ */.exec(part[0] ?? "")?.[0].length ?? 0;
  let made = part.map((line) => line.slice(Math.min(indent, line.search(/\S|$/)))).join("\n");
  if (below(5) > 0) made += "\n";
  for (let left = below(4); left > 0; left--) {
    const at = below(made.length + 1);
    const start = below(made.length + 1);
    const scrap = scraps[below(scraps.length)] ?? "";
    const put = [scrap, scrap, "", made.slice(start, start + 5)][below(4)] ?? "";
    made = made.slice(0, at) + put + made.slice(at + (put === "" ? 1 + below(3) : 0));
  }
  return made;
}

describe("the reader of simple YAML", () => {
  test("reads every file of the reference workspace, and the library reads the same", () => {
    expect(workspace.length).toBeGreaterThan(100);
    const simple = workspace.filter(compare);
    expect(simple.length / workspace.length).toBeGreaterThan(0.9);
  });

  test("reads nothing differently from the library, however a file is damaged", () => {
    const below = random(seed);
    let read = 0;
    for (let left = damagedMost; left > 0; left--) {
      const text = damaged(all[below(all.length)] ?? "", below);
      try {
        if (compare(text)) read++;
      } catch (error) {
        throw new Error(`SIMPLE_YAML_SEED=${seed} repeats this:\n${text}`, { cause: error });
      }
    }
    // A reader that gave up on everything would pass, too.
    expect(read).toBeGreaterThan(damagedMost / 10);
  });

  test.each([
    ["a tag", "a: !x 1\n"],
    ["a code with leading zeros", "a: 007\n"],
    ["an integer beyond 2^53", "a: 9007199254740993\n"],
    ["a key twice", "a: 1\na: 2\n"],
    ["a reserved key", "__proto__: 1\n"],
    ["two documents", "a: 1\n---\nb: 2\n"],
    ["a text over two lines", "a: b\n  c\n"],
    ["a tab", "a:\n\tb: 1\n"],
    ["an alias without anchor", "a: *b\n"],
    ["an expression cut by a comment", 'a: $b = "x #1"\n'],
  ])("leaves %s to the library", (_, text) => {
    expect(readSimple(new SourceText("f.yaml", text))).toBeUndefined();
  });
});
