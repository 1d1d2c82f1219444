import { afterAll, beforeAll, expect, test } from "vitest";
import { billingClient, supportClient, type Call } from "../engine/testing/estate/clients.ts";
import type { JsonObject } from "../../engine/model/json.ts";
import type { Deal } from "../../engine/testing/index.ts";
import { type DemoWorld, startDemoWorld, worldSeed } from "./support/demo-world.ts";
import { centsAt, rowsAt, startTryton, type Tryton, wordsAt } from "./support/tryton.ts";

const soon = { timeout: 90_000, interval: 250 };

let tryton: Tryton;
let world: DemoWorld;
let billing: Call;
let support: Call;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  tryton = await startTryton();
  world = await startDemoWorld(tryton, worldSeed(3));
  stops.push(() => world.stop());
  billing = billingClient(world.estate);
  support = supportClient(world.estate);
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

type Change = "Existing Business" | "Renewal" | "Cancellation";
const running = { status: "active", plan: "platform-annual", months: 12 };

/** A year of the platform, sold in the currency of the books, active and earning. */
async function sold(): Promise<Deal> {
  const deal = world.estate.closeDeal({
    customer: "new",
    hierarchy: "none",
    currency: "USD",
    lines: [{ sku: "PL-ANNUAL", quantity: 1 }],
  });
  await expect
    .poll(() => everywhere(deal), soon)
    .toEqual({ billing: running, ledger: earned(12, 480_000), support: owed("silver", 12) });
  return deal;
}

/** Sales wins a deal that changes the contract of another. */
function change({ accountId, opportunityId: orderId }: Deal, type: Change, sku: string): Deal {
  return world.estate.closeDeal({
    accountId,
    currency: "USD",
    amends: { orderId, type },
    lines: [{ sku, quantity: 1 }],
  });
}

/** What billing, the ledger and support each have of a contract now. */
async function everywhere(deal: Deal) {
  const subscription = await subscriptionOf(deal);
  const start = dayOf(subscription["start_date"]);
  const fields = await organizationOf(deal);
  return {
    billing: {
      status: subscription["status"],
      // Billing lists its prices in another currency than the books: what is charged is the deal's.
      plan: (subscription["metadata"] as JsonObject | undefined)?.["plan"],
      months: monthsBetween(start, dayOf(subscription["cancel_at"])),
    },
    ledger: await revenueOf(deal),
    support: {
      level: fields["sla_tier"],
      months: monthsBetween(start, wordsAt(fields, "entitlement_ends")),
    },
  };
}

const earned = (months: number, cents: number) => ({ months, putAside: -cents, earned: cents });
const owed = (level: string, months: number) => ({ level, months });

async function subscriptionOf({ opportunityId }: Deal): Promise<JsonObject> {
  const query = encodeURIComponent(`metadata['order_id']:'${opportunityId}'`);
  const { body } = await billing("GET", `/subscriptions/search?query=${query}`);
  return (body.data[0] ?? {}) as unknown as JsonObject;
}

async function organizationOf({ accountId }: Deal): Promise<JsonObject> {
  const { body } = await support("GET", `/organizations/search?external_id=${accountId}`);
  const [organization] = body.organizations as unknown as readonly JsonObject[];
  return (organization?.["organization_fields"] ?? {}) as JsonObject;
}

/** The moves of an order's revenue: put aside in one, earned in one each month. */
async function revenueOf({ opportunityId }: Deal) {
  const moves = await tryton.admin.find(
    "account.move",
    [["description", "like", `Revenue ${opportunityId} %`]],
    ["description", "lines.debit", "lines.credit", "lines.account.name"],
  );
  const isAside = (text: string) => / 0\/\d+$/.test(text);
  const revenue = (aside: boolean) =>
    moves
      .filter((move) => isAside(wordsAt(move, "description")) === aside)
      .flatMap((move) => rowsAt(move, "lines."))
      .filter((line) => rowsAt(line, "account.")[0]?.["name"] === "Main Revenue")
      .reduce((cents, line) => cents + centsAt(line, "credit") - centsAt(line, "debit"), 0);
  return { months: moves.length - 1, putAside: revenue(true), earned: revenue(false) };
}

async function salesOf({ opportunityId }: Deal) {
  const sales = await tryton.admin.find(
    "sale.sale",
    // What was taken back keeps its number, and leaves the reference to a later order.
    [["reference", "in", [opportunityId, `${opportunityId} (cancelled)`]]],
    ["reference", "untaxed_amount", "invoices.state"],
  );
  return sales.map((sale) => ({
    isTakenBack: wordsAt(sale, "reference") !== opportunityId,
    total: centsAt(sale, "untaxed_amount"),
    invoices: rowsAt(sale, "invoices.").map((invoice) => wordsAt(invoice, "state")),
  }));
}

const told = ({ opportunityId }: Deal): JsonObject =>
  world.estate.crm.records.get("Opportunity", opportunityId) ?? {};

const dayOf = (seconds: unknown): string =>
  new Date(Number(seconds) * 1000).toISOString().slice(0, 10);

/** Whole months; what is none of them shows as it is. */
function monthsBetween(from: string, to: string): number | string {
  const date = new Date(`${from}T00:00:00Z`);
  for (let months = 0; months <= 60; months += 1) {
    if (date.toISOString().slice(0, 10) === to) return months;
    date.setUTCMonth(date.getUTCMonth() + 1);
  }
  return `${from} to ${to}`;
}

/** Support takes no change of what it owes, this once. */
function supportRefuses(): void {
  world.estate.support.faults.next({
    kind: "error",
    status: 422,
    match: { method: "POST", path: "/organizations/create_or_update" },
  });
}

test("a contract is extended in billing, in Tryton's books and at support, or nowhere", async () => {
  const deal = await sold();
  supportRefuses();
  const refused = change(deal, "Existing Business", "PL-PLUS");
  await expect
    .poll(() => told(refused)["Integration_Message__c"], soon)
    .toContain("[support-refused]");
  // What billing and the ledger had taken is taken back, and so is the order.
  await expect
    .poll(() => everywhere(deal), soon)
    .toEqual({ billing: running, ledger: earned(12, 480_000), support: owed("silver", 12) });
  await expect
    .poll(() => salesOf(refused), soon)
    .toEqual([{ isTakenBack: true, total: 960_000, invoices: ["cancelled"] }]);

  const upgrade = change(deal, "Existing Business", "PL-PLUS");
  await expect.poll(() => told(upgrade), soon).toMatchObject({ Integration_Status__c: "Ordered" });
  expect(await everywhere(deal)).toEqual({
    billing: { ...running, plan: "platform-plus-annual" },
    ledger: earned(12, 960_000),
    support: owed("gold", 12),
  });
  expect(await salesOf(upgrade)).toMatchObject([{ isTakenBack: false, total: 960_000 }]);
});

test("a contract is renewed for a year, and ends on the agreed day, in all of them", async () => {
  const deal = await sold();
  const renewal = change(deal, "Renewal", "PL-ANNUAL");
  await expect.poll(() => told(renewal), soon).toMatchObject({ Integration_Status__c: "Ordered" });
  expect(await everywhere(deal)).toEqual({
    billing: { ...running, months: 24 },
    ledger: earned(24, 960_000),
    support: owed("silver", 24),
  });
  expect(await salesOf(renewal)).toMatchObject([{ isTakenBack: false, total: 480_000 }]);

  const ended = change(deal, "Cancellation", "PL-ANNUAL");
  await expect.poll(() => told(ended), soon).toMatchObject({ ERP_Order_Number__c: "cancelled" });
  const day = wordsAt(told(ended), "Service_Start_Date__c");
  expect(dayOf((await subscriptionOf(deal))["cancel_at"])).toBe(day);
  expect((await organizationOf(deal))["entitlement_ends"]).toBe(day);
  // Nothing was earned yet: what was put aside is put aside no more, and no order was made.
  expect(await revenueOf(deal)).toMatchObject({ earned: 0, putAside: 0 });
  expect(await salesOf(ended)).toEqual([]);
});
