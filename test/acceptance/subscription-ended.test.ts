import { beforeAll, expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** A subscription that ends in billing, by whoever's hand, ends once everywhere. */

let world: ReferenceWorld;
let business: Business;

beforeAll(async () => {
  world = await ReferenceWorld.open();
  business = await Business.of(world);
});

type Story = Awaited<ReturnType<Business["sold"]>>;

const today = () => new Date().toISOString().slice(0, 10);

const owed = ({ deal }: Story) => {
  const found = world.estate.support.organizations.find("external_id", deal.accountId);
  return found?.["organization_fields"];
};

const schedules = async ({ order }: Story) =>
  business.rows(business.erp, `/revenue-schedules?order=${String(order["number"])}&state=active`);

/** As its customer does on billing's pages, or billing itself when nobody pays. */
const endInBilling = async ({ subscription }: Story) =>
  business.billing("DELETE", `/subscriptions/${String(subscription["id"])}`);

const ended = async ({ deal }: Story) => world.ended("subscription-ended", deal.opportunityId);

test("one that its customer ends is neither earned nor served any more, and the deal says so", async () => {
  const story = await business.sold();
  const before = owed(story);
  expect(await schedules(story)).toHaveLength(1);
  await endInBilling(story);
  await ended(story);
  expect(await schedules(story)).toEqual([]);
  expect(owed(story)).toEqual({ ...(before as object), entitlement_ends: today() });
  await expect
    .poll(() => world.opportunity(story.deal), soon)
    .toMatchObject({
      ERP_Order_Number__c: story.order["number"],
      Integration_Status__c: "Ended",
      Integration_Message__c: `the subscription ended in billing on ${today()}`,
    });
});

test("one contract that ends takes nothing away that another of the customer still gives", async () => {
  const first = await business.sold([{ sku: "PL-ANNUAL", quantity: 1 }]);
  const { accountId } = first.deal;
  const lines = [{ sku: "PL-ANNUAL", quantity: 2 }];
  const second = await business.activated(await world.close({ accountId, lines }));
  await expect.poll(() => owed(second), soon).toMatchObject({ sla_tier: "silver" });
  const contracts = new Map(
    [first, second].map((story) => [
      story,
      (story.subscription["metadata"] as Readonly<Record<string, string>>)["contract_id"],
    ]),
  );
  await endInBilling(second);
  await ended(second);
  expect(owed(second)).toMatchObject({ contract: contracts.get(first) });
  expect(owed(second)).not.toMatchObject({ entitlement_ends: today() });
  // The last one ends for good.
  await endInBilling(first);
  await ended(first);
  expect(owed(first)).toMatchObject({ contract: contracts.get(first), entitlement_ends: today() });
});

test("one that we ended comes back as an echo, and nothing is done", async () => {
  const { estate } = world;
  const story = await business.sold();
  const { deal } = story;
  const change = estate.closeDeal({
    accountId: deal.accountId,
    amends: { orderId: deal.opportunityId, type: "Cancellation" },
    lines: [{ sku: "PL-ANNUAL", quantity: 1 }],
  });
  await expect
    .poll(() => world.opportunity(change), soon)
    .toMatchObject({ ERP_Order_Number__c: "cancelled" });
  expect(await schedules(story)).toEqual([]);
  const agreed = owed(story);
  const effects = () => estate.ledger.effects({}).length;
  const { length } = estate.ledger.effects({});
  // The agreed day has come.
  await endInBilling(story);
  await ended(story);
  const [run] = await world.serving.store.read.runs({ flow: "subscription-ended", limit: 1 });
  expect(run).toMatchObject({ laneKey: deal.opportunityId, status: "stopped" });
  // What billing itself did is one.
  expect(effects()).toBe(length + 1);
  expect(owed(story)).toEqual(agreed);
});
