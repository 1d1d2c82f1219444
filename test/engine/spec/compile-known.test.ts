import { describe, expect, test } from "vitest";
import { compileKnown } from "../../../engine/spec/compile-known.ts";
import { compileWorkspace, ReadCache, type WorkspaceFiles } from "../../../engine/spec/index.ts";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";
import { keptParts } from "./kept-parts.ts";

function judged(files: WorkspaceFiles) {
  const kept = keptParts();
  const first = compileWorkspace(files, { digest, cache: new ReadCache(kept) });
  return { kept, first };
}

/** Plans as data: expressions by their texts and places, schemas by what they say. */
function dataOf(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Map || each instanceof Set ? [...each] : each,
    ),
  );
}

describe("a workspace whose texts were judged and parsed before", () => {
  const { kept, first } = judged(soundWorkspace);
  const known = (files: WorkspaceFiles) =>
    compileKnown(files, { judged: first.diagnostics, kept, digest });

  test("compiles to the very same: the reference workspace", () => {
    const { files } = readWorkspace(".");
    const { kept, first } = judged(files);
    const again = compileKnown(files, { judged: first.diagnostics, kept, digest });
    expect(first.generation?.flows.size).toBeGreaterThan(0);
    expect(dataOf(again?.generation)).toEqual(dataOf(first.generation));
    expect(again?.diagnostics).toBe(first.diagnostics);
    expect(dataOf(again?.tests)).toEqual(dataOf(first.tests));
    expect(again?.names()).toEqual(first.names());
    expect(again?.uses()).toEqual(first.uses());
    expect(again?.fallbacks().map(({ id }) => id)).toEqual(first.fallbacks().map(({ id }) => id));
  });

  test("is left to the compiler where a tree is missing", () => {
    expect(known({ ...soundWorkspace, "flows/other.yaml": "flow: other\n" })).toBeUndefined();
  });

  test("is left to the compiler where it has errors", () => {
    const files = { ...soundWorkspace, "flows/process/other.yaml": "flow: other\nsteps: []\n" };
    const broken = judged(files);
    expect(broken.first.generation).toBeUndefined();
    expect(
      compileKnown(files, {
        judged: broken.first.diagnostics,
        kept: broken.kept,
        digest,
      }),
    ).toBeUndefined();
  });
});
