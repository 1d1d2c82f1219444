import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CacheFiles } from "../../cli/workspace/cache-files.ts";
import { KeptFile } from "../../cli/workspace/kept-file.ts";

function place() {
  const folder = mkdtempSync(join(tmpdir(), "sluice-kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const open = (root = "/here", other?: string) =>
    new KeptFile<readonly string[]>(new CacheFiles(folder), "key", root, other);
  const sizes = () => readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  /** Looks for values as a call would, makes those that are missing, and tells how many these were. */
  const use = (...texts: readonly string[]) => useBy(open(), ...texts);
  const useBy = (file: ReturnType<typeof open>, ...texts: readonly string[]) => {
    const missing = texts.filter((text) => file.get(text) === undefined);
    for (const text of missing) file.set(text, [text]);
    for (const text of texts) expect(file.get(text)).toEqual([text]);
    file.save();
    return missing.length;
  };
  return { open, sizes, use, useBy };
}

const texts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `text ${from + index}`);

test("what one call kept, the next one has", () => {
  const { use } = place();
  expect(use(...texts(0, 500))).toBe(500);
  expect(use(...texts(0, 500))).toBe(0);
});

test("what is new stands beside, until it is too much: then all that is used is one file again", () => {
  const { open, sizes, use } = place();
  use(...texts(0, 500));
  const [first = 0] = sizes();
  expect(use(...texts(10, 510))).toBe(10);
  expect(use(...texts(20, 520))).toBe(10);
  expect(sizes()).toContain(first);
  expect(sizes()).toHaveLength(2);
  expect(Math.min(...sizes())).toBeLessThan(first / 10);
  // Still all of them, those beside included.
  expect(use(...texts(0, 520))).toBe(0);
  expect(use(...texts(400, 1000))).toBe(480);
  expect(sizes()).not.toContain(first);
  expect(use(...texts(400, 1000))).toBe(0);
  // Used by nobody when the first file was written.
  expect(open().get("text 0")).toBeUndefined();
});

test("a workspace that was never seen begins with what was kept of another", () => {
  const { open, useBy } = place();
  expect(useBy(open("/a"), ...texts(0, 500))).toBe(500);
  expect(useBy(open("/b", "/a"), ...texts(0, 500))).toBe(0);
  // By then it has its own, which the other's edits do not take away.
  expect(useBy(open("/a"), ...texts(500, 1000))).toBe(500);
  expect(useBy(open("/b", "/a"), ...texts(0, 500))).toBe(0);
  expect(useBy(open("/b", "/a"), ...texts(500, 510))).toBe(10);
  // Also what stands beside.
  expect(useBy(open("/a"), ...texts(1000, 1010))).toBe(10);
  expect(useBy(open("/c", "/a"), ...texts(500, 1010))).toBe(0);
});

test("nothing is written where nothing is new", () => {
  const { open, sizes } = place();
  const file = open();
  expect(file.get("text")).toBeUndefined();
  file.save();
  expect(sizes()).toEqual([]);
});
