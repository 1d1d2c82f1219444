import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test.each(["sim", "chaos", "crash", "sim-mutants"])("the tool %s says what it takes", (tool) => {
  const call = (...args: string[]) =>
    spawnSync(process.execPath, [`tools/${tool}.ts`, ...args], { encoding: "utf8" });
  const help = call("--help");
  expect([help.status, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).toMatch(/^usage: /);
  const unknown = call("--sead", "1");
  expect([unknown.status, unknown.stdout]).toEqual([2, ""]);
  expect(unknown.stderr).toMatch(/'--sead'[^]*\nusage: /);
  expect(unknown.stderr).not.toMatch(/\n\s+at /);
});
