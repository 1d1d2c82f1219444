import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import depcruise from "../../.dependency-cruiser.ts";

const tracked = execFileSync("git", ["ls-files"], { encoding: "utf8" }).split("\n").filter(Boolean);
const texts = tracked.filter((path) => /\.(ts|js|md|yaml|jsonata|json|sql|sh|py)$/.test(path));

test("every room of the engine has its row in the import rules and in engine/README.md", () => {
  const rooms = readdirSync("engine", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const rules = (depcruise.forbidden ?? []).map(({ name }) => name);
  const page = readFileSync("engine/README.md", "utf8");
  for (const room of rooms) {
    expect(rules, `import rule of ${room}`).toContain(`${room}-keeps-to-itself`);
    expect(page, `row of ${room}`).toMatch(new RegExp(`^\\| \`${room}/`, "m"));
  }
});

test("each import rule says why", () => {
  for (const rule of depcruise.forbidden ?? []) expect(rule.comment, rule.name).toMatch(/\w{3,}/);
});

test("nothing is unfinished, switched off, or left to the clock", () => {
  const marks = /\b(TODO|FIXME|XXX|HACK)\b|\b(test|it|describe)\.(skip|only|todo)\(/;
  const own = "test/house/repository.test.ts";
  const found = texts.filter((path) => path !== own && marks.test(readFileSync(path, "utf8")));
  expect(found).toEqual([]);
});

test("no test sleeps", () => {
  const sleeps = /\bsetTimeout\(\s*(resolve|done)\b|\bsleep\(/;
  const found = texts.filter(
    (path) =>
      path.startsWith("test/") && path.endsWith(".ts") && sleeps.test(readFileSync(path, "utf8")),
  );
  expect(found.filter((path) => path !== "test/house/repository.test.ts")).toEqual([]);
});

test("links in the pages lead somewhere", () => {
  for (const path of texts.filter((name) => name.endsWith(".md"))) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
    for (const [, target = ""] of readFileSync(path, "utf8").matchAll(
      /\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g,
    )) {
      expect(existsSync(`${folder}/${target}`), `${path} links to ${target}`).toBe(true);
    }
  }
});

test("no database is kept among the files", () => {
  const isDatabase = (path: string) =>
    readFileSync(path).subarray(0, 15).toString("latin1") === "SQLite format 3";
  expect(tracked.filter((path) => existsSync(path) && isDatabase(path))).toEqual([]);
});

describe("a room's page", () => {
  const pageOf = (room: string) => readFileSync(`engine/${room}/README.md`, "utf8");
  const filesNamed = (text: string) =>
    [...text.matchAll(/`([a-z0-9-]+\.ts)`/g)].map(([, name]) => name);

  test.each(["runtime", "store/sqlite", "channels"])("%s: names no file that is gone", (room) => {
    const there = globSync(`engine/${room}/**/*.ts`).map((path) => basename(path));
    expect(filesNamed(pageOf(room)).filter((name) => !there.includes(name ?? ""))).toEqual([]);
  });

  test("runtime: has a place for each file", () => {
    const files = globSync("engine/runtime/*.ts").map((path) => basename(path));
    expect(new Set(filesNamed(pageOf("runtime")))).toEqual(new Set(files));
  });

  test.each([
    ["channels", "engine/channels/http-in/problem.ts", /"(http-in\/[a-z-]+)": \d/g],
    ["store/sqlite", "engine/store/sqlite/*.ts", /"(store\/[a-z-]+)"/g],
  ])("%s: has each code that comes from there", (room, sources, pattern) => {
    const text = globSync(sources)
      .map((path) => readFileSync(path, "utf8"))
      .join("\n");
    const codes = new Set([...text.matchAll(pattern)].map(([, code = ""]) => code));
    expect(codes.size).toBeGreaterThan(10);
    expect([...codes].filter((code) => !pageOf(room).includes(`\`${code}\``))).toEqual([]);
  });
});
