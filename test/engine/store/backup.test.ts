import { copyFileSync, existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { backupStore, openStore, restoreStore } from "../../../engine/store/sqlite/index.ts";
import { openDatabase } from "../../../engine/store/sqlite/sqlite.ts";
import { Fixture, start } from "../../contracts/store-fixture.ts";
import { openTemporary, temporaryPath } from "./sqlite-fixture.ts";

describe("a backup", () => {
  test("is of one moment, while its owner goes on writing", async () => {
    const path = temporaryPath();
    const store = openTemporary(path);
    const fixture = new Fixture();
    const accept = async (): Promise<void> => {
      const big = fixture.message({ data: { filling: "x".repeat(40_000) } });
      await store.accept(fixture.intake({ message: big, runs: [fixture.run()] }), start);
    };
    for (let n = 0; n < 20; n += 1) await accept();
    const target = `${path}.copy`;
    const writing: Promise<void>[] = [];
    const report = await backupStore(path, target, () => void writing.push(accept()));
    await Promise.all(writing);
    expect(writing.length).toBeGreaterThan(0);
    expect(report).toMatchObject({ path: target, messages: 20, runs: 20, deliveries: 0 });
    const copy = openDatabase(target, { readOnly: true });
    expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
    copy.close();
    expect(await store.read.messages({ limit: 100 })).toHaveLength(20 + writing.length);
    expect(readdirSync(dirname(path)).filter((name) => name.includes("unfinished"))).toEqual([]);
  });

  test("overwrites nothing", async () => {
    const path = temporaryPath();
    openTemporary(path);
    writeFileSync(`${path}.copy`, "mine");
    await expect(backupStore(path, `${path}.copy`)).rejects.toMatchObject({
      code: "store/backup-exists",
    });
  });
});

describe("a restore", () => {
  test("brings back what the backup had, its open requests in doubt, and keeps what stood there", async () => {
    const path = temporaryPath();
    const fixture = new Fixture();
    const first = openStore({ path });
    const run = fixture.run();
    await first.accept(fixture.intake({ runs: [run] }), start);
    await first.claim(1, start);
    const decision = { status: "active", deliveries: [fixture.delivery()] } as const;
    await first.commit(fixture.commit(run.id, decision), start);
    // An orderly stop says that nothing was sent: of a copy that says nothing.
    await first.saveCheckpoint("runtime:life", [fixture.id()], start);
    await backupStore(path, `${path}.copy`);
    await first.accept(fixture.intake({ runs: [fixture.run({ laneKey: "K2" })] }), start);
    await expect(restoreStore(`${path}.copy`, path)).rejects.toMatchObject({ code: "store/owned" });
    await first.close();

    const report = await restoreStore(`${path}.copy`, path);
    expect(report).toMatchObject({ messages: 1, runs: 1, deliveries: 1 });
    expect(existsSync(report.kept ?? "")).toBe(true);
    const kept = openDatabase(report.kept ?? "", { readOnly: true });
    expect(kept.prepare("SELECT count(*) FROM message").pluck().get()).toBe(2);
    kept.close();

    const restored = openTemporary(path);
    expect(await restored.checkpoint("runtime:life")).toBe("running");
    expect(await restored.recover(start)).toMatchObject({ runs: 1, deliveries: 1 });
    expect(await restored.dueDeliveries(start, 10)).toMatchObject([
      { runId: run.id, crashed: true },
    ]);
  });

  test.each([
    ["is not there", () => {}, "store/no-backup"],
    [
      "is no store",
      (file: string) => writeFileSync(file, "words ".repeat(400)),
      "store/not-a-store",
    ],
    [
      "is of a later program",
      (file: string, sound: string) => {
        copyFileSync(sound, file);
        const database = openDatabase(file, { readOnly: false });
        database.pragma("user_version = 9999");
        database.close();
      },
      "store/newer",
    ],
    [
      "lost its second half",
      (file: string, sound: string) => {
        copyFileSync(sound, file);
        truncateSync(file, 65_536);
      },
      "store/corrupt",
    ],
  ])("refuses what %s, and leaves the store as it is", async (_, make, code) => {
    const path = temporaryPath();
    const fixture = new Fixture();
    const store = openStore({ path });
    await store.accept(fixture.intake(), start);
    await store.close();
    await backupStore(path, `${path}.sound`);
    make(`${path}.copy`, `${path}.sound`);
    await expect(restoreStore(`${path}.copy`, path)).rejects.toMatchObject({ code });
    const after = openTemporary(path);
    expect(await after.read.messages({})).toHaveLength(1);
    const names = readdirSync(dirname(path));
    expect(names.filter((name) => /restoring|before-restore/.test(name))).toEqual([]);
  });
});
