import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { formatFindings } from "../../engine/errors/format.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { digest } from "./workspace.ts";

const root = join(import.meta.dirname, "../..");

/** Every workspace of the repository: a rule that is too strict for one of them fails here. */
const folders = globSync("{,bench/**/,cli/**/,test/**/}sluice.yaml", { cwd: root })
  .map((path) => dirname(path))
  .toSorted();

test("the workspaces are those that are known to be sound", () => {
  expect(folders).toEqual(expect.arrayContaining([".", "bench/workload/workspace", "cli/starter"]));
  expect(folders.filter((folder) => folder.startsWith("test/hard-cases/"))).toHaveLength(4);
});

test.each(folders)("%s has no finding that anybody must act on", (folder) => {
  const { files } = readWorkspace(join(root, folder));
  const { diagnostics, generation } = compileWorkspace(files, { digest, today: "2026-11-20" });
  const found = diagnostics.filter(({ severity }) => severity !== "information");
  expect(formatFindings(found, "human", { files })).toBe("");
  expect(generation?.flows.size).toBeGreaterThan(0);
});
