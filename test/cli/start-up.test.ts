import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

/** Prints the packages that a call of the command line loaded. */
const probe = `
import { registerHooks } from "node:module";
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});
process.on("exit", () => process.stderr.write("loaded " + [...packages].join(" ") + "\\n"));
`;

function loaded(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const hook = `data:text/javascript,${encodeURIComponent(probe)}`;
  const { stderr } = spawnSync(process.execPath, ["--import", hook, "cli/sluice.js", ...argv], {
    encoding: "utf8",
    env,
  });
  return (/loaded (.*)/.exec(stderr)?.[1] ?? "").split(" ").filter((name) => name !== "");
}

describe("a verb loads what it needs", () => {
  test("help: the parser of its arguments alone", () => {
    expect(loaded(["--help"])).toEqual(["commander"]);
  });

  test("validate: no database, no sender, no watcher", () => {
    const packages = loaded(["validate", "--workspace", "cli/starter"]);
    expect(packages).toContain("yaml");
    for (const heavy of ["better-sqlite3", "undici", "chokidar", "croner", "cli-table3"]) {
      expect(packages).not.toContain(heavy);
    }
  });

  test("validate, of texts that were judged before: no compiler", () => {
    const cache = mkdtempSync(join(tmpdir(), "sluice-start-up-"));
    onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
    const again = () =>
      loaded(["validate", "--workspace", "cli/starter"], { XDG_CACHE_HOME: cache });
    expect(again()).toContain("yaml");
    expect(again()).toEqual(["commander"]);
  });
});

test("a verb that needs the workspace compiled, where its texts were judged before: no YAML library", () => {
  const cache = mkdtempSync(join(tmpdir(), "sluice-start-up-"));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  const graph = (workspace: string) =>
    loaded(["graph", "--workspace", workspace], { XDG_CACHE_HOME: cache });
  expect(graph("cli/starter")).toContain("yaml");
  expect(graph("cli/starter")).not.toContain("yaml");
  // Nor in another clone of it.
  const clone = join(cache, "clone");
  cpSync("cli/starter", clone, { recursive: true });
  expect(graph(clone)).not.toContain("yaml");
});

describe("a server", () => {
  /** The flags of every process that the bin became. */
  function flags(...argv: string[]): readonly string[] {
    const hook = `data:text/javascript,${encodeURIComponent("process.stderr.write(`flags ${process.execArgv.at(0)}\\n`)")}`;
    const { stderr } = spawnSync(process.execPath, ["--import", hook, "cli/sluice.js", ...argv], {
      encoding: "utf8",
      env: {},
    });
    return [...stderr.matchAll(/^flags (.*)/gm)].map(([, flag]) => flag ?? "");
  }

  test("runs in little memory, as one process that began twice", () => {
    expect(flags("run", "--port", "none")).toEqual(["--import", "--max-semi-space-size=16"]);
  });

  test("what is over soon takes no fresh memory for what is new", () => {
    const probe = `
      import { getHeapSpaceStatistics } from "node:v8";
      const size = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      process.on("exit", () => process.stderr.write("new " + size().space_size + "\\n"));
    `;
    const hook = `data:text/javascript,${encodeURIComponent(probe)}`;
    const argv = ["--import", hook, "cli/sluice.js", "validate", "--workspace", "cli/starter"];
    const { stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", env: {} });
    const [, bytes] = /new (\d+)/.exec(stderr) ?? [];
    expect(Number(bytes)).toBeGreaterThan(0);
    expect(Number(bytes)).toBeLessThan(6 * 2 ** 20);
  });

  test("no other verb begins twice", () => {
    expect(flags("validate", "--workspace", "cli/starter")).toEqual(["--import"]);
  });
});
