import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { compiled } from "../compiled.ts";

test("each promise of the business names flows and tests that are there", async () => {
  const { generation, tests } = await compiled(readWorkspace(".").files);
  const flows = new Set(generation?.flows.keys());
  const tested = new Set(tests.map((document) => document.test.flow));
  const words = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
  const rows = readFileSync("docs/business.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const [, promise, kept, test] = row.split("|");
    const named = words(kept).filter((word) => /^[a-z]+(-[a-z]+)+$/.test(word));
    for (const flow of named) expect(flows, promise).toContain(flow);
    const files = words(test);
    expect(files.length + (test?.includes("flow") === true ? 1 : 0), promise).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(`test/acceptance/${file}`), file).toBe(true);
    if (/the flows?'/.test(test ?? "")) {
      for (const flow of named) expect(tested, promise).toContain(flow);
    }
  }
});

test("a large claim that nobody decides climbs while it can still be decided", async () => {
  const { generation } = await compiled(readWorkspace(".").files);
  const flow = generation?.flows.get("case-to-credit");
  const asked = flow?.stepsById.get("approval")?.argument as { within: number };
  const [next] = generation?.workspace.teams[flow?.owner ?? ""]?.escalation ?? [];
  const promised = flow?.sla?.milestones?.["claim.decided"] ?? Infinity;
  expect(promised + (next?.after ?? Infinity)).toBeLessThan(asked.within);
});
