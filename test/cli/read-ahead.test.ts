import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { domains } from "../../bench/startup/domains.ts";
import { foundBy, readAhead } from "../../cli/workspace/read-ahead.ts";
import { type Shares, sharesOf, take } from "../../cli/workspace/shares.ts";
import { recallVerdict } from "../../cli/workspace/verdict.ts";
import { digest } from "../../engine/index.ts";
import { compileWorkspace, ReadCache } from "../../engine/spec/index.ts";

/** The reference workspace, and the same with mistakes of several kinds in files of each kind. */
const good = domains(join(import.meta.dirname, "../.."), 1);
const files = {
  ...good,
  "flows/process/broken.yaml": "flow: broken\ntrigger: { evnt: shop.order.paid }\nsteps: []\n",
  "flows/process/unread.yaml": "flow: unread\n  trigger: [\n",
  "flows/process/twice.yaml": "flow: twice\nflow: twice\n",
  "mappings/unread.jsonata": "{ a: (1 + }\n",
  "mappings/rootless.jsonata": '{ "a": $unknown.b }\n',
  "schemas/canonical/flawed.yaml": "type: object\nproprties: {}\nexamples: [1]\n",
};
const options = { digest, today: "2026-11-20" };
const findings = compileWorkspace(files, options).diagnostics;

/** What is kept of nothing yet, in a folder of its own. */
async function nothingKept() {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ahead-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const terminal = { env: { XDG_CACHE_HOME: folder } };
  const recalled = await recallVerdict({ root: folder, files: {} }, {}, terminal);
  if (recalled.kept === undefined) throw new Error("nothing can be kept");
  return recalled.kept;
}

test("the findings are those of one thread", async () => {
  const kept = await nothingKept();
  const cache = new ReadCache(kept);
  await readAhead(files, cache, kept, 2);
  expect(compileWorkspace(files, { ...options, cache, kept }).diagnostics).toEqual(findings);
});

test("the generation is that of one thread", async () => {
  const kept = await nothingKept();
  const cache = new ReadCache(kept);
  await readAhead(good, cache, kept, 2);
  const { generation } = compileWorkspace(good, { ...options, cache, kept });
  expect(generation?.hash).toBe(compileWorkspace(good, options).generation?.hash);
  expect(generation).toBeDefined();
});

test("a worker finds all that has no finding, and nothing else", async () => {
  const kept = await nothingKept();
  const found = await foundBy(sharesOf(Object.entries(files)));
  if (found === undefined) throw new Error("the worker failed");
  for (const part of ["trees", "schemas", "expressions"] as const) {
    expect(found[part].length, part).toBeGreaterThan(100);
    kept[part].add(found[part]);
  }
  const ofSyntax = ["flows/process/unread.yaml", "flows/process/twice.yaml"];
  for (const [path, text] of Object.entries(files)) {
    const isKept = !path.endsWith(".jsonata") && !ofSyntax.includes(path);
    expect(kept.trees.has(text), path).toBe(isKept);
  }
  const cache = new ReadCache(kept);
  expect(compileWorkspace(files, { ...options, cache, kept }).diagnostics).toEqual(findings);
});

test("a worker that fails has found nothing", async () => {
  const shares = sharesOf([["sluice.yaml", 1 as unknown as string]]);
  expect(await foundBy(shares)).toBeUndefined();
});

test("a small workspace and a machine with one processor have no worker", async () => {
  const kept = await nothingKept();
  const cache = new ReadCache(kept);
  await readAhead({ "sluice.yaml": "workspace: small\n" }, cache, kept, 8);
  await readAhead(good, cache, kept, 1);
  expect(cache.texts).toEqual({});
});

test("each share is taken once, from either end", () => {
  const texts = Array.from({ length: 9 }, (_, index): [string, string] => [
    `${index}.yaml`,
    "x".repeat(20_000),
  ]);
  const shares: Shares = sharesOf(texts);
  expect(shares.texts.length).toBeGreaterThan(3);
  const [first, last] = [take(shares, "beginning"), take(shares, "end")];
  const taken = [first.next(), last.next(), first.next(), ...last, ...first].flatMap((one) => {
    const share = "value" in one ? one.value : one;
    return Object.keys(share ?? {});
  });
  expect(taken.toSorted()).toEqual(texts.map(([path]) => path));
  expect(taken[0]).toBe("0.yaml");
});
