import Database from "better-sqlite3";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop.close();
});

describe("backup and restore", () => {
  test("what was accepted before the backup is there again, and nothing of it is done twice", async () => {
    shop.answer = { status: 201, body: (count) => ({ number: `SO-${count}` }) };
    await shop.run();
    expect(await shop.order("S-1")).toBe(202);
    await shop.runIn("done", "S-1");
    const copy = join(shop.root, "monday.db");
    const made = await shop.call("backup", "monday.db");
    expect(made.code).toBe(0);
    expect(made.out).toMatch(
      /monday\.db: \d+ bytes, checked; messages: 1, runs: 1, requests without an outcome: 0/,
    );
    expect((await shop.call("backup", copy)).err).toContain("[store/backup-exists]");
    const refused = await shop.call("restore", copy);
    expect(refused.err).toMatch(/in use by process \d+.*\[store\/owned\]/s);
    await shop.stop();

    const restored = await shop.call("restore", copy);
    expect(restored.out).toMatch(/kept as .*before-restore-1/);
    await shop.run();
    expect((await shop.call("trace", "S-1")).out).toContain("order-to-erp");
    const sent = shop.seen.length;
    expect(await shop.order("S-1")).toBe(202);
    expect(await shop.order("S-2")).toBe(202);
    await shop.runIn("done", "S-2");
    expect(shop.seen.slice(sent).map(({ body }) => body)).toEqual([expect.stringContaining("S-2")]);
  });
});

describe("audit", () => {
  test("lists who did what, and says which row was altered", async () => {
    await shop.run();
    await shop.call("pause", "--system", "erp", "--by", "ada");
    await shop.call("resume", "--system", "erp", "--by", "ada");
    const list = await shop.call("audit");
    expect(list.out).toMatch(/ada +resume[^]*ada +pause/);
    await vi.waitFor(async () => {
      expect((await shop.call("audit", "verify")).out).toMatch(/^\d+ rows, each as it was written/);
    });
    await shop.stop();
    const database = new Database(shop.storePath);
    const altered = database
      .prepare("UPDATE audit SET actor = 'eve' WHERE action = 'pause' RETURNING audit_no")
      .pluck()
      .get();
    database.close();
    const { code, out } = await shop.call("audit", "verify", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ brokenAt: altered });
    expect((await shop.call("audit", "burn")).err).toContain("[cli/unknown-action]");
  });
});
