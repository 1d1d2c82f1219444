import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

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

test("a wrong length of the log is refused", () => {
  const args = ["bench/index.ts", "growth", "--messages", "10k"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toContain(
    '--messages wants numbers with commas between, such as 10000,1000000, and got "10k"',
  );
  expect(status).toBe(1);
});

test("a signal leaves nothing of a log half filled", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-usage-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const watcher = watch(folder, { recursive: true });
  onTestFinished(() => watcher.close());
  const filling = new Promise<void>((resolve) => {
    watcher.on("change", (_, name) => {
      if (String(name).endsWith(".db-wal")) resolve();
    });
  });
  const args = ["bench/index.ts", "growth", "--messages", "1000000", "--keep", folder];
  const bench = spawn(process.execPath, args, { stdio: "ignore" });
  onTestFinished(() => void bench.kill("SIGKILL"));
  const ended = once(bench, "exit");
  await filling;
  expect(readdirSync(folder)).toHaveLength(1);
  bench.kill("SIGTERM");
  expect(await ended).toEqual([128 + constants.signals.SIGTERM, null]);
  expect(readdirSync(folder)).toEqual([]);
});
