import { afterAll, beforeAll, expect, test } from "vitest";
import { worldSeed } from "./support/demo-world.ts";
import { readStory } from "./support/ending.ts";
import { type RequestTracker, startRequestTracker } from "./support/request-tracker.ts";
import { startStoryWorld } from "./support/story-world.ts";
import { type Interruption, tell } from "./support/story.ts";
import { startTryton, type Tryton } from "./support/tryton.ts";

let tryton: Tryton;
let desk: RequestTracker;

beforeAll(async () => {
  [tryton, desk] = await Promise.all([startTryton(), startRequestTracker()]);
});

afterAll(async () => {
  await desk.release();
});

/** What every system has once the story is told, in cents where it is money. */
const ending = {
  tryton: {
    sales: [{ state: "processing", total: 776_000 }],
    invoices: {
      subscription: { state: "paid", net: 480_000, tax: 96_000, total: 576_000, open: 0 },
      work: { state: "paid", net: 118_001, tax: 23_600, total: 141_601, open: 0 },
    },
    dispute: "Dispute: none / -",
    milestone: "work",
    // What was billed, and what was paid: debit less credit.
    booked: {
      "Main Receivable": 0,
      "Main Cash": 717_601,
      "Main Revenue": -598_001,
      "Main Tax": -119_600,
    },
    moves: 4,
    // Put aside in one move, earned in twelve.
    revenue: { moves: 13, putAside: -480_000, earned: 480_000, "Deferred Revenue": 0 },
  },
  requestTracker: {
    level: "silver",
    implementation: "yes",
    ticket: { status: "resolved", told: "invoice work: released" },
  },
  stripe: {
    customers: 1,
    subscriptions: [{ status: "active", plan: "platform-annual", quantity: 1 }],
    charges: [
      { amount: 576_000, invoice: "subscription" },
      { amount: 141_601, invoice: "work" },
    ],
    work: { status: "paid", collects: true, hold: null },
  },
  crm: { order: "Ordered", dispute: "none", health: 100, receivables: "current", linked: 3 },
};

async function told(seed: number, interruption?: Interruption) {
  const world = await startStoryWorld(tryton, desk, seed);
  try {
    const story = await tell(world, interruption);
    return await readStory(world, story);
  } catch (error) {
    process.stderr.write(`${world.output()}\n`);
    throw error;
  } finally {
    await world.stop();
  }
}

test("from a closed deal to paid invoices, with a case in between: every system has the same story", async () => {
  expect(await told(worldSeed(1))).toEqual(ending);
});

test("killed between the order's confirmation and its answer, the story ends the same", async () => {
  const kill: Interruption = async (world) => {
    await world.proxy.withholdAnswerTo("model.sale.sale.confirm");
    await world.crash();
  };
  expect(await told(worldSeed(2), kill)).toEqual(ending);
});
