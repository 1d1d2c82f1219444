import { appendFileSync, statSync, truncateSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openReader } from "../../engine/index.ts";
import { seeded } from "./deal-plan.ts";
import { Partner, Scratch } from "./harness.ts";
import { Life } from "./life.ts";
import { files } from "./things.ts";

const things = Array.from({ length: 60 }, (_, index) => ({
  id: `thing-${index}`,
  key: `key-${index % 6}`,
  // Long enough for a small disk to be full soon.
  text: "x".repeat(4_000),
}));

let scratch: Scratch;
let partner: Partner;
let life: Life | undefined;

beforeEach(async () => {
  scratch = new Scratch();
  scratch.write(files);
  partner = await Partner.start();
});

afterEach(async () => {
  await life?.kill();
  life = undefined;
  await partner.close();
  scratch.remove();
});

/** Starts the engine; answers how it takes things: true for each that it says it has. */
async function begin(limit?: string): Promise<(from: number, to: number) => Promise<boolean[]>> {
  life = new Life({
    workspace: scratch.workspace,
    store: scratch.store,
    env: { PARTNER_URL: partner.url },
    ...(limit === undefined ? {} : { limit }),
  });
  const url = await life.ready;
  if (url === undefined) throw new Error(`the engine did not start:\n${life.output}`);
  const headers = { "content-type": "application/json" };
  const send = async (thing: unknown): Promise<boolean> => {
    const body = JSON.stringify(thing);
    const answer = await fetch(`${url}/webhooks/shopware/things`, {
      method: "POST",
      headers,
      body,
    });
    await answer.arrayBuffer();
    return answer.ok;
  };
  return async (from, to) => {
    const taken: boolean[] = [];
    for (const thing of things.slice(from, to)) taken.push(await send(thing));
    return taken;
  };
}

async function expectAllDone(count: number): Promise<void> {
  await partner.seen(2 * count);
  // What the partner saw before the engine ended need not be on record yet.
  await vi.waitFor(() => expectDone(count), { timeout: 30_000, interval: 50 });
  await life?.stop();
  await expectDone(count);
  expect(partner.effects.size).toBe(2 * count);
}

async function expectDone(count: number): Promise<void> {
  const reader = await openReader(scratch.store);
  const runs = await reader.runs({ limit: 1_000 });
  reader.close();
  expect(
    runs.map(({ status }) => status),
    life?.output,
  ).toEqual(things.slice(0, count).map(() => "done"));
}

test("a log that ends in half a page loses nothing that was accepted", async () => {
  const send = await begin();
  expect(await send(0, 30)).not.toContain(false);
  await life?.kill();
  const random = seeded(7);
  appendFileSync(
    `${scratch.store}-wal`,
    Buffer.from(Array.from({ length: 5_000 }, () => random() * 256)),
  );
  await begin();
  await expectAllDone(30);
}, 60_000);

test.each([100, 9_000, 60_000])(
  "a log that lost its last %d bytes is taken up to there, and what is sent again is not done again",
  async (bytes) => {
    const send = await begin();
    expect(await send(0, 30)).not.toContain(false);
    await life?.kill();
    const log = `${scratch.store}-wal`;
    truncateSync(log, Math.max(0, statSync(log).size - bytes));
    const sendAgain = await begin();
    expect(await sendAgain(0, 30)).not.toContain(false);
    await expectAllDone(30);
  },
  60_000,
);

test("a disk that is full takes no message, keeps those it took, and goes on when there is room", async () => {
  // Until something was taken, the store may still be in the making.
  const warm = await begin();
  const first = await warm(0, 1);
  await life?.stop();
  // Blocks of 1,024 bytes that one file may have; what is beyond is refused as a full disk does.
  const room = Math.ceil(statSync(scratch.store).size / 1_024) + 300;
  const send = await begin(`ulimit -f ${room}`);
  const taken = [...first, ...(await send(1, things.length))];
  expect(taken.slice(1)).toContain(true);
  expect(taken).toContain(false);
  await life?.kill();
  await begin();
  const kept = taken.filter(Boolean).length;
  await expectAllDone(kept);
  // Whoever was refused sends again; what was taken is not done again.
  const sendAgain = await begin();
  expect(await sendAgain(0, things.length)).not.toContain(false);
  await expectAllDone(things.length);
}, 60_000);
