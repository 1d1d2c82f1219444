import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readAddress } from "../../cli/workspace/engine-address.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop.close();
});

/** One order that is done, one that is a dead letter. */
async function twoOrders(): Promise<{ readonly done: string; readonly dead: string }> {
  shop.answer = { status: 201, body: { number: "SO-1" } };
  await shop.order("S-1");
  const done = await shop.runIn("done", "S-1");
  shop.answer = { status: 503, body: {} };
  await shop.order("S-2");
  return { done, dead: await shop.runIn("dead", "S-2") };
}

/** Rows that a purge is about: what became of the dead letter is written while we look. */
function stored({ message, run, journal, retention_later: later }: ReturnType<Shop["rowCounts"]>) {
  return { message, run, journal, later };
}

describe("purge", () => {
  test("lets go of what is over through the engine, and keeps what is needed", async () => {
    await shop.run();
    const { done, dead } = await twoOrders();
    const before = stored(shop.rowCounts());
    const foreseen = await shop.call("purge", "--before", "0s", "--dry-run");
    expect(foreseen.out).toMatch(
      /payloads {2}before [^]*: 2 payloads over, \d+ bytes as received\n {10}1 stay: of runs that are not over\n/,
    );
    expect(stored(shop.rowCounts())).toEqual(before);

    const purged = await shop.call("purge", "--class", "payloads", "--before", "0s", "--by", "ada");
    expect(purged.out).toMatch(/payloads {2}before .*: 1 payload emptied, 1 still needed/);
    expect(purged.code).toBe(0);
    const status = await shop.call("status");
    expect(status.out).toMatch(
      /store {7}[\d.]+ [KM]iB, of it free .*; log .*; [\d.]+ [MGT]iB left on the disk/,
    );
    expect(status.out).toMatch(
      /keeps {7}messages 2 since \d{4}-\d\d-\d\d, payloads 1, audit \d+; over and still needed 1/,
    );
    const { url = "", token = "" } = readAddress(shop.storePath) ?? {};
    const scraped = await fetch(`${url}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const metrics = await scraped.text();
    expect(metrics).toMatch(/^sluice_store_bytes\{part="file"\} \d{5,}$/m);
    expect(metrics).toMatch(/^sluice_store_disk_free_bytes \d{8,}$/m);
    expect(metrics).toContain('\nsluice_store_kept{kind="payloads"} 1\n');
    expect(metrics).toContain('\nsluice_retention_waiting{class="payloads"} 1\n');
    expect((await shop.call("audit")).out).toMatch(/ada +purge +payloads +.*"emptied":1/);

    const message = JSON.parse((await shop.call("runs", done, "--json")).out) as {
      messageId: string;
    };
    const shown = await shop.call("messages", message.messageId);
    expect(JSON.parse(shown.out)).toMatchObject({ data: null });
    expect(shown.out).toMatch(/"emptiedAt": \d+/);
    expect(shown.err).toContain("its retention is over");
    expect((await shop.call("messages")).out).toMatch(/went \d{4}-\d\d-\d\d/);
    expect((await shop.call("runs", done)).out).toMatch(/payload +went on/);
    expect((await shop.call("trace", "S-1")).out).toContain("its payload went on");
    const replayed = await shop.call("replay", done);
    expect(replayed.err + replayed.out).toMatch(/payload.* over/);
    expect(replayed.code).not.toBe(0);
    const preview = await shop.call(
      "preview",
      "example-erp/order-out",
      "--message",
      message.messageId,
    );
    expect(preview.err).toContain("[cli/payload-over]");

    // What is needed is all there: the dead letter goes on.
    shop.answer = { status: 201, body: { number: "SO-2" } };
    await shop.call("replay", dead);
    await shop.runIn("done", "S-2");
  });

  test("works on the file while no engine does, by the retention of the workspace", async () => {
    await shop.run();
    await twoOrders();
    await shop.stop();
    const none = await shop.call("purge");
    expect(none.err).toContain("[governance/no-retention]");
    shop.edit(
      "sluice.yaml",
      "description:",
      "retention: { history: 1ms, audit: 10y }\ndescription:",
    );
    const young = await shop.call("purge", "--class", "audit", "--before", "1d");
    expect(young.err).toContain("[governance/audit-kept]");
    const purged = await shop.call("purge", "--json");
    expect(JSON.parse(purged.out)).toMatchObject({
      done: { history: 1, audit: 0 },
      waiting: { history: 1 },
      at: "over",
    });
    expect((await shop.call("audit", "verify")).out).toContain("each as it was written");
    const left = JSON.parse((await shop.call("messages", "--json")).out) as unknown[];
    expect(left).toHaveLength(1);
    // The key outlives its message: the sender's retry is still a duplicate.
    await shop.run();
    const sent = shop.seen.length;
    await shop.order("S-1");
    expect(JSON.parse((await shop.call("messages", "--json")).out)).toHaveLength(1);
    expect(shop.seen.length).toBe(sent);
  });

  test("says what is wrong with what it is asked for", async () => {
    await shop.run();
    expect((await shop.call("purge", "--class", "bodies")).err).toMatch(
      /there is no class "bodies"[^]*payloads, history, audit/,
    );
    expect((await shop.call("purge", "--before", "2099-01-01")).err).toContain("still to come");
    expect((await shop.call("purge", "--before", "soon")).err).toContain("[cli/bad-time]");
  });
});
