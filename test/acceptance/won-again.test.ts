import { describe, expect, test } from "vitest";
import type { Deal } from "../../engine/testing/index.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** A deal that was refused is mended in the CRM and won again. An order that stands stays the only one. */

const soon = { timeout: 20_000, interval: 25 };
const polled = (path: string, text: string): string =>
  path.startsWith("flows/system/") ? text.replaceAll(/^( +every: )\d+[sm]$/gm, "$1100ms") : text;
const asItIs = (_: string, text: string): string => text;

const orders = ({ estate }: ReferenceWorld, { opportunityId }: Deal) =>
  estate.ledger.ordersByReference(opportunityId);
const edit = ({ estate }: ReferenceWorld, { opportunityId }: Deal, values: object) =>
  estate.editRecord("Opportunity", opportunityId, { ...values });
const reopened = { StageName: "Negotiation/Review" };

/** Between two looks, or one by one as webhooks tell them. */
function winAgain(world: ReferenceWorld, deal: Deal, mended: object = {}): void {
  edit(world, deal, { ...reopened, ...mended });
  world.estate.winDeal(deal.opportunityId);
}

async function runs({ serving }: ReferenceWorld, { opportunityId }: Deal) {
  const all = await serving.store.read.runs({ flow: "opportunity-to-order", limit: 1_000 });
  return all.filter(({ laneKey }) => laneKey === opportunityId).map(({ status }) => status);
}

async function settled(world: ReferenceWorld): Promise<void> {
  await world.estate.webhooks.idle();
  await world.serving.engine.idle();
}

describe.each([
  ["webhooks", true, asItIs],
  ["polls alone, which do not see what lay between", false, polled],
] as const)("told by %s, a deal that was refused", (_, delivers, how) => {
  test("and mended, becomes an order when it is won again", async () => {
    const world = await ReferenceWorld.open(how, { delivers });
    const deal = await world.close({ variations: ["unknown-payment-term"] });
    expect(String(world.opportunity(deal)["Integration_Message__c"])).toMatch(/\[payment-terms/);
    winAgain(world, deal, { Payment_Terms__c: "Net 30" });
    await expect.poll(() => orders(world, deal), soon).toHaveLength(1);
    await expect
      .poll(() => world.opportunity(deal), soon)
      .toMatchObject({
        Integration_Status__c: "Ordered",
        Integration_Message__c: null,
        ERP_Order_Number__c: orders(world, deal)[0]?.id,
      });
    await expect.poll(() => runs(world, deal), soon).toEqual(["done", "failed"]);
  });
});

describe("a deal that is won again", () => {
  test("after finance took the customer off credit hold becomes an order, and is told of in vain", async () => {
    const world = await ReferenceWorld.open();
    const deal = await world.close({ variations: ["credit-hold"] });
    expect(orders(world, deal)).toEqual([]);
    world.estate.erp.customers.setCredit(deal.erpCustomer ?? "", { holdReason: null });
    world.estate.person.redeliver(deal.opportunityId, 2);
    edit(world, deal, { Description: "please" });
    await settled(world);
    expect(orders(world, deal)).toEqual([]);

    winAgain(world, deal);
    await expect.poll(() => orders(world, deal), soon).toHaveLength(1);
    world.estate.person.redeliver(deal.opportunityId, 2);
    edit(world, deal, { Description: "thank you" });
    await settled(world);
    expect(await runs(world, deal)).toEqual(["done", "failed"]);
    expect(orders(world, deal)).toHaveLength(1);
  });

  test("though its order stands has that order alone, and no word against it", async () => {
    const world = await ReferenceWorld.open();
    const deal = await world.close({ lines: [{ sku: "GW-100", quantity: 2 }] });
    const [order] = orders(world, deal);
    // What the order took is not there for it a second time.
    world.estate.erp.catalogue.setStock("GW-100", 0);
    winAgain(world, deal);
    await expect.poll(() => runs(world, deal), soon).toEqual(["stopped", "done"]);
    expect(orders(world, deal)).toEqual([order]);
    expect(world.opportunity(deal)).toMatchObject({
      Integration_Status__c: "Ordered",
      ERP_Order_Number__c: order?.id,
    });
  });

  test("for another amount keeps its order as it is, and the CRM says why", async () => {
    const world = await ReferenceWorld.open();
    const deal = await world.close({ lines: [{ sku: "GW-100", quantity: 2 }] });
    const [order] = orders(world, deal);
    const [line] = world.estate.crm.records.childrenOf(
      "OpportunityLineItem",
      "OpportunityId",
      deal.opportunityId,
    );
    edit(world, deal, reopened);
    world.estate.editRecord("OpportunityLineItem", String(line?.Id), { Quantity: 3 });
    world.estate.winDeal(deal.opportunityId);
    await expect.poll(() => runs(world, deal), soon).toEqual(["failed", "done"]);
    expect(orders(world, deal)).toEqual([order]);
    const cancelled = world.estate.ledger.effects({ system: "erp", effect: "order.cancelled" });
    expect(cancelled).toEqual([]);
    expect(String(world.opportunity(deal)["Integration_Message__c"])).toMatch(
      new RegExp(`${order?.id} of ${order?.amount}.*\\[order-exists\\]`),
    );
  });

  test("as a change of a contract that was made already changes nothing a second time", async () => {
    const world = await ReferenceWorld.open();
    const plan = [{ sku: "PL-ANNUAL", quantity: 1 }];
    const first = await world.close({ lines: plan });
    await world.ended("subscription-activation", first.opportunityId);
    const renewal = world.estate.closeDeal({
      accountId: first.accountId,
      amends: { orderId: first.opportunityId, type: "Renewal" },
      lines: plan,
    });
    await world.ended("contract-change", first.opportunityId);
    const term = () =>
      world.estate.billing.records.all("subscription").map(({ cancel_at }) => cancel_at);
    const once = term();
    expect(world.opportunity(renewal)).toMatchObject({ Integration_Status__c: "Ordered" });
    winAgain(world, renewal);
    const changes = async () =>
      (await world.serving.store.read.runs({ flow: "contract-change" })).map(
        ({ status }) => status,
      );
    await expect.poll(changes, soon).toEqual(["stopped", "done"]);
    expect(term()).toEqual(once);
    expect(orders(world, renewal)).toHaveLength(1);
  });
});
