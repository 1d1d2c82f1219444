import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

/** The starter workspace with a finding of each severity, and a folder for what is remembered. */
function place() {
  const root = mkdtempSync(join(tmpdir(), "sluice-verdict-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const workspace = join(root, "workspace");
  cpSync("cli/starter", workspace, { recursive: true });
  const cache = join(root, "cache");
  const remembered = join(cache, "sluice");
  const files = () => readdirSync(remembered);
  /** A file of verdicts, or another. */
  const fileWith = (word: string, isThere = true): string => {
    const path = files()
      .map((name) => join(remembered, name))
      .find((each) => readFileSync(each, "utf8").includes(word) === isThere);
    if (path === undefined) throw new Error(`nothing is remembered with ${word}`);
    return path;
  };
  return { workspace, cache, remembered, files, fileWith };
}

async function validate(
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
) {
  // Without a folder that is named, nothing is remembered.
  const terminal = recordingTerminal({ cwd, env: { XDG_CACHE_HOME: "", ...env } });
  const code = await main(["validate", ...args], terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

function breakIt(workspace: string): void {
  const file = join(workspace, "flows", "broken.yaml");
  writeFileSync(file, "flow: broken\ntrigger: { evnt: shop.order.paid }\nsteps: []\n");
}

describe("what was found before in the same texts is not looked for again", () => {
  test.each([
    ["for people", []],
    ["with notes", ["--verbose"]],
    ["as JSON", ["--format", "json"]],
    ["as SARIF", ["--format", "sarif"]],
    ["of this machine", ["--environment"]],
  ])("the findings are the same, %s", async (_, args) => {
    const { workspace, cache, files } = place();
    const env = { XDG_CACHE_HOME: cache };
    for (const prepare of [() => {}, () => breakIt(workspace)]) {
      prepare();
      const without = await validate(workspace, {}, ...args);
      const first = await validate(workspace, env, ...args);
      const second = await validate(workspace, env, ...args);
      expect(first).toEqual(without);
      expect(second).toEqual(without);
    }
    // Two verdicts; trees, schemas, expressions and examples; the tree of the text that came later; where.
    expect(files()).toHaveLength(8);
  });

  test("it is really remembered: what stands in the file is what is said", async () => {
    const { workspace, cache, files, fileWith } = place();
    const env = { XDG_CACHE_HOME: cache };
    await validate(workspace, env);
    const written = files();
    await validate(workspace, env);
    expect(files()).toEqual(written);
    expect(fileWith('"sizes"')).not.toBe(fileWith('"sizes"', false));
  });

  test("a text that changed is judged anew", async () => {
    const { workspace, cache } = place();
    const env = { XDG_CACHE_HOME: cache };
    expect((await validate(workspace, env)).code).toBe(0);
    breakIt(workspace);
    const { code, out } = await validate(workspace, env);
    expect(code).toBe(1);
    expect(out).toContain("flows/broken.yaml:2:");
  });

  test("a value that was set since is seen", async () => {
    const { workspace, cache } = place();
    const env = { XDG_CACHE_HOME: cache };
    const unset = await validate(workspace, env, "--environment");
    expect(unset.out).toContain("ERP_TOKEN");
    const set = await validate(workspace, { ...env, ERP_TOKEN: "x" }, "--environment");
    expect(set.out).not.toContain("ERP_TOKEN");
    expect(await validate(workspace, env, "--environment")).toEqual(unset);
    const wrong = { ...env, ERP_TOKEN: "x", ERP_URL: "nonsense" };
    expect((await validate(workspace, wrong, "--environment")).out).toContain(
      "adapter/bad-address",
    );
    const right = { ...wrong, ERP_URL: "http://erp.example" };
    expect((await validate(workspace, right, "--environment")).out).not.toContain(
      "adapter/bad-address",
    );
  });

  test("an edit writes what is new, not all that is kept", async () => {
    const { workspace, cache, files, remembered } = place();
    const env = { XDG_CACHE_HOME: cache };
    const texts = () =>
      new Map(files().map((name) => [name, readFileSync(join(remembered, name), "utf8")]));
    await validate(workspace, env);
    const before = texts();
    const settings = join(workspace, "sluice.yaml");
    writeFileSync(settings, `${readFileSync(settings, "utf8")}# edited\n`);
    const edited = await validate(workspace, env);
    const after = texts();
    for (const [name, text] of before) expect(after.get(name)).toBe(text);
    // Its verdict, and its tree; every expression of it was there before.
    expect([...after.keys()].filter((name) => !before.has(name))).toHaveLength(2);
    expect(edited).toEqual(await validate(workspace, {}));
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, text.length / 2)],
    ["of another verdict", (text: string) => text.replace("e", "f")],
    ["empty", () => ""],
    ["not text", () => "\u0000\u0001\n\u0002"],
  ])("a file that is %s is as if there was none, and is mended", async (_, spoil) => {
    const { workspace, cache, remembered, files } = place();
    const env = { XDG_CACHE_HOME: cache };
    const good = await validate(workspace, env);
    const kept = files().map((name) => join(remembered, name));
    const texts = kept.map((file) => readFileSync(file, "utf8"));
    for (const [index, file] of kept.entries()) writeFileSync(file, spoil(texts[index] ?? ""));
    expect(await validate(workspace, env)).toEqual(good);
    expect(kept.map((file) => readFileSync(file, "utf8"))).toEqual(texts);
  });

  test("a folder that cannot be written is done without", async () => {
    const { workspace, cache } = place();
    mkdirSync(cache);
    writeFileSync(join(cache, "sluice"), "a file");
    const without = await validate(workspace, {});
    expect(await validate(workspace, { XDG_CACHE_HOME: cache })).toEqual(without);
    expect(await validate(workspace, { XDG_CACHE_HOME: "relative" })).toEqual(without);
  });

  test("few are kept, the latest", async () => {
    const { workspace, cache, remembered, files } = place();
    const env = { XDG_CACHE_HOME: cache };
    mkdirSync(remembered, { recursive: true });
    for (let index = 0; index < 40; index += 1) writeFileSync(join(remembered, `old-${index}`), "");
    const first = await validate(workspace, env);
    expect(files()).toHaveLength(32);
    expect(files().filter((name) => !name.startsWith("old-"))).toHaveLength(6);
    expect(await validate(workspace, env)).toEqual(first);
  });
});
