import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { importersOf } from "../../tools/importers.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-importers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sources: Readonly<Record<string, string>> = {
  "base.ts": "export const one = 1;",
  "plain.ts": 'import { one } from "./base.ts";',
  "wrapped.ts": 'import {\n  one,\n  type Two,\n} from "./base.ts";',
  "again.ts": 'export * from "./plain.ts";',
  "alone.ts": 'import "./again.ts";',
  "called.ts": 'const late = async () => import("./wrapped.ts");',
  "types.ts": 'import type { one } from "./base.ts";\nexport type { Two } from "./base.ts";',
  "other.ts": 'import { readFileSync } from "node:fs";',
};
for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);

const importers = (...names: readonly string[]): readonly string[] =>
  [...importersOf(folder)(names.map((name) => join(folder, name)))]
    .map((path) => relative(folder, path))
    .sort();

test("all that import a file count, also through others, but for what is of types alone", () => {
  expect(importers("base.ts")).toEqual([
    "again.ts",
    "alone.ts",
    "base.ts",
    "called.ts",
    "plain.ts",
    "wrapped.ts",
  ]);
});

test("several files are asked for at once", () => {
  expect(importers("again.ts", "other.ts")).toEqual(["again.ts", "alone.ts", "other.ts"]);
});
