import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openReader, openStore } from "../../../engine/store/sqlite/index.ts";
import { start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const child = fileURLToPath(new URL("durability-child.ts", import.meta.url));

interface Promised {
  readonly accepted: readonly string[];
  readonly committed: readonly string[];
}

/** What the child said was on disk, before it was killed at its `count`th word. */
async function promisedUntilKilled(path: string, count: number): Promise<Promised> {
  const feeder = spawn(process.execPath, [child, path], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => feeder.once("close", () => resolve()));
  const words: string[] = [];
  for await (const line of createInterface({ input: feeder.stdout })) {
    if (/^\w+ \S{36}$/.test(line)) words.push(line);
    if (words.length === count) feeder.kill("SIGKILL");
  }
  await ended;
  expect(feeder.signalCode).toBe("SIGKILL");
  const of = (verb: string): readonly string[] =>
    words.filter((word) => word.startsWith(verb)).map((word) => word.slice(verb.length + 1));
  return { accepted: of("accepted"), committed: of("committed") };
}

test.each([1, 150, 400])(
  "a process killed at its promise %i has kept all of them, and left no half decision",
  async (count) => {
    const path = temporaryPath();
    const { accepted, committed } = await promisedUntilKilled(path, count);
    expect(accepted.length + committed.length).toBeGreaterThanOrEqual(count);
    const store = openStore({ path });
    for (const id of accepted) expect(await store.read.message(id)).toBeDefined();
    for (const id of committed) expect((await store.read.run(id))?.status).toBe("active");
    const runs = await store.read.runs({ limit: 10_000 });
    for (const { id, status } of runs) {
      const run = await store.read.run(id);
      const parts = [run?.history, run?.deliveries, Object.keys(run?.results ?? {})];
      const rows = status === "active" ? 1 : 0;
      expect(parts.map((part) => part?.length)).toEqual([rows, rows, rows]);
    }
    const active = runs.filter(({ status }) => status === "active").length;
    const { messages, timers } = await store.read.counts();
    expect(messages).toBe(runs.length + active);
    expect(timers).toBe(active);
    expect((await store.recover(start)).runs).toBe(runs.length);
    await store.close();
  },
);

test("the lock of a killed process is gone with it, and its file is read without it", async () => {
  const path = temporaryPath();
  await promisedUntilKilled(path, 1);
  const reader = openReader(path);
  expect((await reader.messages({ limit: 1 })).length).toBe(1);
  reader.close();
  await openStore({ path }).close();
  const after = openReader(path);
  expect((await after.messages({ limit: 1 })).length).toBe(1);
  after.close();
});
