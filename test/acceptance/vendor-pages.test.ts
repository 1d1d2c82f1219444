import { expect, test } from "vitest";
import { erpClient } from "../engine/testing/estate/clients.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** More than one answer holds, of each vendor in its own way of paging. */

const soon = { timeout: 20_000, interval: 25 };

const asItIs = (_: string, text: string): string => text;
const oftener = (path: string, text: string): string =>
  path.startsWith("flows/system/") ? text.replaceAll(/^( +every: )\d+[sm]$/gm, "$1100ms") : text;

/** Data of the messages of a type, each once. */
async function told({ serving }: ReferenceWorld, type: string): Promise<ReadonlySet<string>> {
  const rows = await serving.store.read.messages({ limit: 10_000 });
  const whole = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
  return new Set(
    whole.flatMap((one) => (one?.message.type === type ? [JSON.stringify(one.message.data)] : [])),
  );
}

test("what changed at Salesforce and Zendesk is found by asking, however many pages it fills", async () => {
  const world = await ReferenceWorld.open(oftener, { crmPageSize: 2, delivers: false });
  const { estate } = world;
  const line = { sku: "SN-200", quantity: 1 };
  const deals = [1, 2, 3, 4, 5].map(() => estate.closeDeal({ lines: [line] }).opportunityId);
  await expect
    .poll(() => told(world, "crm.opportunity.changed"), soon)
    .toEqual(new Set(deals.map((opportunityId) => JSON.stringify({ opportunityId }))));
  // A page of Zendesk's holds a hundred.
  const cases = Array.from({ length: 120 }, (_, index) =>
    String(estate.person.openTicket({ subject: `Case ${index}` }).id),
  );
  await expect
    .poll(() => told(world, "support.case.changed"), soon)
    .toEqual(new Set(cases.map((caseId) => JSON.stringify({ caseId }))));
});

test("a deal of more lines than one answer of Salesforce holds is ordered whole", async () => {
  const world = await ReferenceWorld.open(asItIs, { crmPageSize: 2 });
  const lines = Array.from({ length: 7 }, (_, index) => ({ sku: "SN-200", quantity: index + 1 }));
  const deal = await world.close({ lines });
  const erp = await erpClient(world.estate);
  const { body } = await erp("GET", `/orders?reference=${deal.opportunityId}`);
  expect(body.items).toHaveLength(1);
  expect(body.items[0]).toMatchObject({ total: deal.total, lines: { length: 7 } });
});

test("an invoice of Stripe's with more lines than a page is in the books to the last of them", async () => {
  const world = await ReferenceWorld.open();
  const { estate } = world;
  const deal = await world.close({ lines: [{ sku: "PL-ANNUAL", quantity: 1 }] });
  await world.ended("subscription-activation", deal.opportunityId);
  const [subscription] = estate.billing.records.all("subscription");
  const lines = Array.from({ length: 230 }, (_, index) => ({
    description: `Messages of day ${index}`,
    amount: 100 + index,
  }));
  const metadata = { order_id: deal.opportunityId, customer_id: deal.accountId };
  const customer = String(JSON.parse(JSON.stringify(subscription?.["customer"])));
  const { id, total } = estate.person.bill({ customer, lines, metadata });
  const erp = await erpClient(estate);
  const booked = async () => (await erp("GET", `/invoices?reference=${id}`)).body.items[0];
  await expect.poll(booked, soon).toMatchObject({
    state: "posted",
    total: (Number(total) / 100).toFixed(2),
    lines: { length: 230 },
  });
});
