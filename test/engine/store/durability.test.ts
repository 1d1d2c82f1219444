import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openReader, openStore } from "../../../engine/store/sqlite/index.ts";
import { start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const child = fileURLToPath(new URL("durability-child.ts", import.meta.url));

/** Ids that the child said were accepted before it was killed. */
async function acceptedUntilKilled(path: string, count: number): Promise<readonly string[]> {
  const feeder = spawn(process.execPath, [child, path], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => feeder.once("close", () => resolve()));
  const ids: string[] = [];
  for await (const line of createInterface({ input: feeder.stdout })) {
    if (line.length === 36) ids.push(line);
    if (ids.length === count) feeder.kill("SIGKILL");
  }
  await ended;
  expect(feeder.signalCode).toBe("SIGKILL");
  return ids;
}

test("what a promise resolved for is on disk, though the process is killed at once", async () => {
  const path = temporaryPath();
  for (const count of [1, 200]) {
    const ids = await acceptedUntilKilled(`${path}-${count}`, count);
    expect(ids.length).toBeGreaterThanOrEqual(count);
    const store = openStore({ path: `${path}-${count}` });
    for (const id of ids) expect(await store.read.message(id)).toBeDefined();
    const { runs } = await store.recover(start);
    expect(runs).toBe((await store.read.counts())["messages"]);
    await store.close();
  }
});

test("the lock of a killed process is gone with it, and its file is read without it", async () => {
  const path = temporaryPath();
  await acceptedUntilKilled(path, 1);
  const reader = openReader(path);
  expect((await reader.messages({ limit: 1 })).length).toBe(1);
  reader.close();
});
