import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test.each([
  [[], ""],
  [["no-such"], ""],
  [["workload", "--help"], ""],
  [["growth", "--flow", "3"], "unknown option: --flow\n"],
])("bench %j measures nothing, and says what there is", (args, first) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["bench/index.ts", ...args], {
    encoding: "utf8",
  });
  expect(stderr).toContain(`${first}usage: npm run bench -- <mappings|`);
  expect([status, stdout]).toEqual([2, ""]);
});
