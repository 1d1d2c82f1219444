import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutants } from "./mutants/table.ts";

/** In a process of its own: the engine is loaded there once for each planted mistake. */
test("each planted mistake is found by a few seeds", () => {
  const tool = join(import.meta.dirname, "../../tools/sim-mutants.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [tool, "--json"], { encoding: "utf8" });
  const found = JSON.parse(stdout === "" ? "[]" : stdout) as {
    name: string;
    seed: number | null;
  }[];
  expect(
    found.filter(({ seed }) => seed === null),
    stderr,
  ).toEqual([]);
  expect(found, stderr).toHaveLength(mutants.length);
}, 400_000);
