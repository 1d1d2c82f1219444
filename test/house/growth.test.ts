import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fill } from "../../bench/growth/fill.ts";
import { customerOf, orderOf, sourceName, textOf } from "../../bench/growth/identity.ts";
import { openReader, openStore } from "../../engine/store/sqlite/index.ts";
import { type Database, openDatabase } from "../../engine/store/sqlite/sqlite.ts";
import { Fixture } from "../contracts/store-fixture.ts";

const messages = 400;
const now = Date.UTC(2026, 5, 1);

async function filled(base: number): Promise<{ readonly path: string; readonly file: Database }> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-growth-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "store.db");
  await fill(path, messages, { base });
  const file = openDatabase(path, { readOnly: true });
  onTestFinished(() => void file.close());
  return { path, file };
}

function tablesOf(file: Database): readonly string[] {
  return file
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
}

test("a store that is multiplied has the rows of one that was filled message by message", async () => {
  const slow = await filled(Infinity);
  const quick = await filled(50);
  expect(tablesOf(quick.file)).toEqual(tablesOf(slow.file));
  for (const table of tablesOf(slow.file)) {
    const [expected, rows] = [slow, quick].map(({ file }) =>
      file.prepare(`SELECT * FROM "${table}" ORDER BY 1, 2`).raw().all(),
    );
    expect(rows, table).toEqual(expected);
  }
  expect(quick.file.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(quick.file.pragma("foreign_key_check")).toEqual([]);
  expect(quick.file.pragma("journal_mode", { simple: true })).toBe("wal");
  const counted = quick.file.prepare("SELECT count(*) FROM effect").pluck().get();
  expect(counted).toBe(messages);
});

test("what was multiplied is found by its ids, listed, and not taken twice", async () => {
  const { path, file } = await filled(50);
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  for (const number of [1, 100, 101, 399, messages]) {
    const [first] = await reader.trace(orderOf(number));
    expect(first, orderOf(number)).toMatchObject({ kind: "message", what: "shop.deal.won" });
    const found = await reader.trace(customerOf(number));
    expect(found.map(({ messageId }) => messageId)).toContain(first?.messageId);
  }
  expect(await reader.trace(orderOf(messages + 1))).toEqual([]);
  expect(await reader.messages({})).toHaveLength(50);
  expect(await reader.runs({ status: "failed", limit: messages })).toHaveLength(7);
  expect(await reader.deadLetters({ limit: messages })).toHaveLength(50);
  file.close();

  const store = openStore({ path });
  onTestFinished(() => store.close());
  const make = new Fixture();
  for (const number of [50, 100, 101, 400, 401]) {
    const message = make.message({ source: sourceName, dedupeKey: textOf(number) });
    const { outcome } = await store.accept(make.intake({ message }), now);
    expect(outcome, String(number)).toBe(number > messages ? "accepted" : "duplicate");
    const run = make.run({ flow: "deal-to-order", identity: textOf(number) });
    const other = await store.accept(make.intake({ runs: [run] }), now);
    expect(other.repeats, String(number)).toHaveLength(number > messages ? 0 : 1);
  }
  for (const number of [50, 101, 400, 401]) {
    const facts = await store.facts([{ kind: "effect", key: textOf(number) }], now);
    const known = [...facts.values()].filter((fact) => fact !== undefined && fact !== null);
    expect(known, String(number)).toHaveLength(number > messages ? 0 : 1);
  }
});

test("a base that would lose the pattern is refused", async () => {
  await expect(filled(51)).rejects.toThrow("a base of 51 messages: it must be a multiple of 50");
});
