import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
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
