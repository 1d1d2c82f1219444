import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { AtWork } from "../../../engine/store/sqlite/at-work.ts";
import { Presence } from "../../../engine/store/sqlite/presence.ts";
import { connect, cutLog, tidy } from "../../../engine/store/sqlite/connection.ts";
import { Counters } from "../../../engine/store/sqlite/counters.ts";
import { DocumentRoom } from "../../../engine/store/sqlite/document-room.ts";
import { openReader, openStore } from "../../../engine/store/sqlite/index.ts";
import { forgetEarlyEvents } from "../../../engine/store/sqlite/listening.ts";
import { migrate, newestVersion } from "../../../engine/store/sqlite/migrate.ts";
import { Keys } from "../../../engine/store/sqlite/keys.ts";
import { Queries } from "../../../engine/store/sqlite/queries.ts";
import { openDatabase } from "../../../engine/store/sqlite/sqlite.ts";
import type { Turns } from "../../../engine/store/sqlite/turns.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { startWork } from "../../../engine/store/sqlite/work.ts";
import { claimIds, emptyState, Fixture, start } from "../../contracts/store-fixture.ts";
import { openTemporary, temporaryPath } from "./sqlite-fixture.ts";

const entry = fileURLToPath(new URL("../../../engine/store/sqlite/index.ts", import.meta.url));

describe("the file", () => {
  test("is set up for durability before its first table", () => {
    const path = temporaryPath();
    const connection = connect(path);
    onTestFinished(() => connection.close());
    const { database } = connection;
    const pragma = (name: string): unknown => database.pragma(name, { simple: true });
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("synchronous")).toBe(2);
    expect(pragma("page_size")).toBe(8192);
    expect(pragma("auto_vacuum")).toBe(2);
    expect(pragma("foreign_keys")).toBe(1);
    expect(pragma("user_version")).toBe(newestVersion());
    expect(pragma("integrity_check")).toBe("ok");
  });

  test("of another program is refused, and stays as it is to the byte", () => {
    for (const version of [0, 3]) {
      const path = temporaryPath();
      const other = openDatabase(path, { readOnly: false });
      other.exec("CREATE TABLE invoice (id TEXT)");
      other.pragma(`user_version = ${version}`);
      other.close();
      const before = readFileSync(path);
      expect(() => connect(path)).toThrow("is a database of another program");
      expect(() => openReader(path)).toThrow("is a database of another program");
      expect(readFileSync(path)).toEqual(before);
    }
  });

  test("keeps its tables when it is migrated again", async () => {
    const path = temporaryPath();
    const make = new Fixture();
    const first = openTemporary(path);
    const runId = await make.accept(first);
    await first.close();
    const connection = connect(path);
    const before = connection.database.prepare("SELECT sql FROM sqlite_master").all();
    migrate(connection.database);
    migrate(connection.database);
    expect(connection.database.prepare("SELECT sql FROM sqlite_master").all()).toEqual(before);
    connection.close();
    expect(await claimIds(openTemporary(path))).toEqual([runId]);
  });

  test("of a later program is refused in one clear line, and left as it is", () => {
    const path = temporaryPath();
    const newer = newestVersion() + 1;
    const database = openDatabase(path, { readOnly: false });
    database.pragma(`user_version = ${newer}`);
    database.close();
    for (const open of [() => openStore({ path }), () => openReader(path)]) {
      expect(open).toThrow(expect.objectContaining({ code: "store/newer" }));
      expect(open).toThrow(
        new RegExp(`tables of version ${newer}, .* up to version ${newer - 1}$`),
      );
    }
    const after = openDatabase(path, { readOnly: true });
    expect(after.pragma("user_version", { simple: true })).toBe(newer);
    after.close();
  });

  test("that is no database, or in no folder, is refused by name", () => {
    const path = temporaryPath();
    writeFileSync(path, "not a database, but long enough to be taken for one".repeat(20));
    expect(() => openStore({ path })).toThrow(
      expect.objectContaining({ code: "store/not-a-store" }),
    );
    const nowhere = `${dirname(path)}/none/sluice.db`;
    expect(() => openStore({ path: nowhere })).toThrow(
      expect.objectContaining({ code: "store/cannot-open" }),
    );
    expect(() => openReader(`${path}-none`)).toThrow(
      expect.objectContaining({ code: "store/cannot-open" }),
    );
  });

  test("is read by others while its owner writes, and never written by them", async () => {
    const path = temporaryPath();
    const store = openTemporary(path);
    const make = new Fixture();
    const reader = openReader(path);
    onTestFinished(() => reader.close());
    expect(await reader.runs({})).toEqual([]);
    const runId = await make.accept(store);
    expect((await reader.runs({})).map(({ id }) => id)).toEqual([runId]);
  });

  test("an older one is not read before its owner has migrated it", () => {
    const path = temporaryPath();
    const older = openDatabase(path, { readOnly: false });
    older.exec("CREATE TABLE message (a)");
    older.pragma("user_version = 1");
    older.close();
    expect(() => openReader(path)).toThrow(expect.objectContaining({ code: "store/older" }));
  });

  test("a closed store says so", async () => {
    const store = openTemporary();
    await store.close();
    await store.close();
    await expect(store.claim(1, start)).rejects.toMatchObject({ code: "store/closed" });
  });
});

describe("ownership", () => {
  test("a second owner is told which process has the store", () => {
    const path = temporaryPath();
    openTemporary(path);
    const script = `import { openStore } from ${JSON.stringify(entry)};
      try { openStore({ path: ${JSON.stringify(path)} }); } catch (error) {
        console.log(error.code, error.message, error.help);
      }`;
    const other = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
      encoding: "utf8",
    });
    expect(other.stdout).toContain(
      `store/owned the store "${path}" is in use by process ${process.pid}`,
    );
    expect(() => openStore({ path })).toThrow(expect.objectContaining({ code: "store/owned" }));
  });

  test("it ends with close, and is not taken by an open that fails", async () => {
    const path = temporaryPath();
    await openTemporary(path).close();
    await openTemporary(path).close();
    const database = openDatabase(path, { readOnly: false });
    database.pragma("user_version = 999");
    for (const _ of [1, 2]) {
      expect(() => openStore({ path })).toThrow(expect.objectContaining({ code: "store/newer" }));
    }
    database.pragma(`user_version = ${newestVersion()}`);
    database.close();
    await openTemporary(path).close();
  });
});

describe("a disk that fails", () => {
  test("full: the writes reject, what was there stays, and room lets the store go on", async () => {
    const path = temporaryPath();
    const connection = connect(path);
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const make = new Fixture();
    const kept = await make.accept(store, { laneKey: null });
    const pages = Number(connection.database.pragma("page_count", { simple: true }));
    connection.database.pragma(`max_page_count = ${pages + 2}`);
    const large = { data: { text: "x".repeat(200_000) } };
    const results = await Promise.allSettled([
      make.accept(store, { laneKey: null }, large),
      make.accept(store, { laneKey: null }),
      make.accept(store, { laneKey: null }, large),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
    expect(results[0]).toMatchObject({ reason: { code: "store/full" } });
    expect(results[0]).toHaveProperty(
      "reason.help",
      "make room on the disk: an engine that runs goes on by itself, one that ended is started again",
    );
    expect(await store.read.messages({})).toHaveLength(2);
    connection.database.pragma("max_page_count = 1000000");
    await make.accept(store, { laneKey: null }, large);
    expect(await store.read.messages({})).toHaveLength(3);
    expect(await claimIds(store)).toContain(kept);
    expect(connection.database.pragma("integrity_check", { simple: true })).toBe("ok");
  });

  test("read-only: the writes say so, the lists go on", async () => {
    const connection = connect(temporaryPath());
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const make = new Fixture();
    await make.accept(store);
    connection.database.pragma("query_only = ON");
    await expect(make.accept(store)).rejects.toMatchObject({ code: "store/read-only" });
    expect(await store.read.messages({})).toHaveLength(1);
    connection.database.pragma("query_only = OFF");
    await make.accept(store);
  });

  test("a file without write permission is refused, by a user who has no more rights than others", async () => {
    const path = temporaryPath();
    await openTemporary(path).close();
    chmodSync(path, 0o400);
    const nobody = 65_534;
    // Root may write whatever the mode says: a child steps down, with the folder and file its own.
    if (process.getuid?.() === 0)
      for (const own of [dirname(path), path]) chownSync(own, nobody, nobody);
    const script = `import { openStore } from ${JSON.stringify(entry)};
      await openStore({ path: ":memory:" }).close();
      if (process.getuid?.() === 0) {
        process.setgroups([]);
        process.setgid(${nobody});
        process.setuid(${nobody});
      }
      try {
        openStore({ path: ${JSON.stringify(path)} });
        console.log("opened");
      } catch (error) { console.log(process.getuid?.(), error.code, error.message); }`;
    const child = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
      encoding: "utf8",
    });
    expect(`${child.stdout}${child.stderr}`).toMatch(/^[1-9]\d* store\/read-only /);
    chmodSync(path, 0o600);
    await openTemporary(path).close();
  });

  test("locked by another writer: busy, and later it goes on", async () => {
    const path = temporaryPath();
    const connection = connect(path);
    connection.database.pragma("busy_timeout = 0");
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const other = openDatabase(path, { readOnly: false });
    other.exec("BEGIN IMMEDIATE");
    const make = new Fixture();
    await expect(make.accept(store)).rejects.toMatchObject({ code: "store/busy" });
    other.exec("ROLLBACK");
    other.close();
    await make.accept(store);
  });
});

describe("a run's row", () => {
  test("is as long when the run is made as at its end, once one of its flow has ended", async () => {
    const connection = connect(":memory:");
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const make = new Fixture();
    const length = connection.database
      .prepare(
        "SELECT length(state) + coalesce(length(ending), 0) + iif(ended_at IS NULL, 0, 6) FROM run ORDER BY run_no DESC",
      )
      .pluck();
    const state = { ...emptyState, nodes: { "steps.a": { note: "x".repeat(500) } } };
    const lengths: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      const runId = await make.accept(store, { laneKey: null });
      await store.claim(9, start);
      lengths.push(length.get());
      const decision = { state: state as never, status: "done" as const, end: { output: null } };
      await store.commit(make.commit(runId, decision), start);
      lengths.push(length.get());
      expect((await store.read.run(runId))?.status).toBe("done");
    }
    const [short, ...rest] = lengths;
    expect(short).toBeLessThan(200);
    expect(new Set(rest).size).toBe(1);
    expect(rest[0]).toBeGreaterThan(500);
  });
});

describe("housekeeping", () => {
  test("forgets early events that nobody came for in time, and only those", async () => {
    const connection = connect(":memory:");
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const make = new Fixture();
    const correlate = { orderId: "7", customerId: "c" };
    for (const keepUntil of [start + 10, start + 20]) {
      await store.accept(make.intake({ correlate, keepUntil }), start);
    }
    const query = new Queries(connection.database);
    const tables = {
      query,
      keys: new Keys(query),
      counters: new Counters(),
      room: new DocumentRoom(),
      atWork: new AtWork(),
      presence: new Presence(),
    };
    const count = (table: string): unknown =>
      connection.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect([count("early_event"), count("correlation")]).toEqual([6, 2]);
    expect(forgetEarlyEvents(startWork(tables, start + 9), 99)).toBe(0);
    expect(forgetEarlyEvents(startWork(tables, start + 10), 2)).toBe(2);
    expect(forgetEarlyEvents(startWork(tables, start + 10), 99)).toBe(1);
    expect([count("early_event"), count("correlation")]).toEqual([3, 1]);
  });

  test("leaves all data and a log that starts anew", async () => {
    const connection = connect(temporaryPath());
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    const make = new Fixture();
    for (let count = 0; count < 20; count += 1) await make.accept(store, { laneKey: null });
    tidy(connection.database);
    cutLog(connection.database);
    const state = connection.database.pragma("wal_checkpoint(PASSIVE)");
    expect(state).toMatchObject([{ busy: 0 }]);
    expect(await store.read.messages({ limit: 99 })).toHaveLength(20);
  });

  test("copies the log back in a pause, once it is worth it, and not within a transaction", async () => {
    const path = temporaryPath();
    const leisure = new Map<number, () => void>();
    const turns: Turns = {
      soon: (work) => void setImmediate(work),
      atLeisure: (ms, work) => void leisure.set(ms, work),
      after: (_, work) => void setImmediate(work),
      end: () => undefined,
    };
    const store = new SqliteStore(connect(path), { turns });
    onTestFinished(() => store.close());
    const make = new Fixture();
    const pause = () => leisure.get(Math.min(...leisure.keys()))?.();
    const size = () => statSync(path).size;
    const began = size();
    for (let count = 0; count < 31; count += 1) await make.accept(store, { laneKey: null });
    pause();
    expect(size()).toBe(began);
    await make.accept(store, { laneKey: null });
    expect(size()).toBe(began);
    pause();
    const copied = size();
    expect(copied).toBeGreaterThan(began);
    // What is there already is not copied again.
    await make.accept(store, { laneKey: null });
    pause();
    expect(size()).toBe(copied);
  });

  test("merges keys a part at a time, with room for others in between", async () => {
    const connection = connect(temporaryPath());
    const breaths: (() => void)[] = [];
    const turns: Turns = {
      soon: (work) => void setImmediate(work),
      atLeisure: () => undefined,
      after: (_, work) => void breaths.push(work),
      end: () => undefined,
    };
    const store = new SqliteStore(connection, { mergeAt: 4, turns });
    onTestFinished(() => store.close());
    const make = new Fixture();
    const merged = () =>
      connection.database.prepare("SELECT name FROM merged WHERE up_to > 0").pluck().all();
    for (let count = 0; count < 6; count += 1) await make.accept(store, { laneKey: null });
    // The first part is written, and nobody says yet that it may go on.
    expect([merged(), breaths.length]).toEqual([[], 1]);
    for (let parts = 0; parts < 20 && !merged().includes("message"); parts += 1) {
      breaths.shift()?.();
      await make.accept(store, { laneKey: null });
    }
    expect(merged()).toEqual(expect.arrayContaining(["dedupe", "identity", "message"]));
  });
});
