import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

test("the demo keeps its promises, and says what the README shows", async () => {
  const terminal = recordingTerminal();
  const code = await main(["demo"], terminal);
  expect(terminal.output()).toContain("all as promised");
  expect(code).toBe(0);
  const [, shown = ""] = /```text\n([^]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  const said = new Set(terminal.output().split("\n"));
  const lines = shown.split("\n").filter((line) => line !== "" && !line.includes("…"));
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines)
    expect(said, `the README shows ${JSON.stringify(line)}`).toContain(line);
}, 60_000);

test("Ctrl-C ends the demo, and leaves nothing behind", async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sluice-demo-"));
  const before = new Set(folders());
  const terminal = recordingTerminal();
  const ended = main(["demo"], terminal);
  await vi.waitFor(() => {
    expect(terminal.output()).toContain("1  A deal closes");
  }, 20_000);
  const own = folders().filter((name) => !before.has(name));
  expect(own.length).toBeGreaterThan(0);
  terminal.stop();
  expect(await ended).toBe(130);
  expect(terminal.output()).toContain("stopping: what was simulated is removed");
  expect(terminal.output()).not.toContain("as promised");
  expect(folders()).not.toEqual(expect.arrayContaining(own));
}, 60_000);
