import { describe, expect, test } from "vitest";
import { compileKnown } from "../../../engine/spec/compile-known.ts";
import {
  compileWorkspace,
  type PackedNode,
  ReadCache,
  type WorkspaceFiles,
} from "../../../engine/spec/index.ts";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";

/** What a disk would keep, through JSON. */
function keptTrees() {
  const kept = new Map<string, string>();
  return {
    kept,
    get: (text: string) => {
      const tree = kept.get(text);
      return tree === undefined ? undefined : (JSON.parse(tree) as PackedNode);
    },
    set: (text: string, tree: PackedNode) => kept.set(text, JSON.stringify(tree)),
  };
}

function judged(files: WorkspaceFiles) {
  const trees = keptTrees();
  const first = compileWorkspace(files, { digest, cache: new ReadCache({ trees }) });
  return { trees, first };
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
  const { trees, first } = judged(soundWorkspace);
  const known = (files: WorkspaceFiles) =>
    compileKnown(files, { judged: first.diagnostics, trees, digest });

  test("compiles to the very same: the reference workspace", () => {
    const { files } = readWorkspace(".");
    const { trees, first } = judged(files);
    const again = compileKnown(files, { judged: first.diagnostics, trees, digest });
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
        trees: broken.trees,
        digest,
      }),
    ).toBeUndefined();
  });
});
