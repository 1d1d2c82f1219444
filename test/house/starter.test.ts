import { expect, test, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";

// Whole workspaces are compiled and tested: on a busy machine that takes longer than a test has elsewhere.
vi.setConfig({ testTimeout: 90_000 });

test("the starter workspace has no findings, and its tests pass", async () => {
  const terminal = recordingTerminal({ cwd: "cli/starter" });
  expect(await main(["validate"], terminal)).toBe(0);
  expect(terminal.output()).toMatch(/1 flow, 2 systems, 2 adapters, 2 mappings/);
  const tests = recordingTerminal({ cwd: "cli/starter" });
  expect(await main(["test"], tests), tests.output()).toBe(0);
  expect(tests.output()).toMatch(/3 passed, 0 failed/);
});

test("the reference workspace has no findings, and its tests pass", async () => {
  const terminal = recordingTerminal();
  expect(await main(["validate"], terminal), terminal.output()).toBe(0);
  const tests = recordingTerminal();
  expect(await main(["test"], tests), tests.output()).toBe(0);
});
