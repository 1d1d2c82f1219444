import { expect, test } from "vitest";
import { openHubSpot } from "./vendors.ts";

test("a deal of more lines than one batch holds is read whole, in the order it has them", async () => {
  const { call, fake } = await openHubSpot();
  const ids = Array.from({ length: 230 }, (_, index) => String(1_000 + index));
  for (const id of ids) {
    const properties = {
      hs_sku: `S-${id}`,
      name: null,
      quantity: "1",
      price: "1.10",
      amount: "1.10",
      hs_discount_percentage: null,
    };
    fake.lineItems.set(id, { id, properties });
  }
  const associations = { line_items: ids.map((id) => ({ id, type: "deal_to_line_item" })) };
  fake.deals.set("1", { id: "1", properties: { dealname: "Large" }, associations });
  const deal = await call("getOpportunity", { opportunityId: "1" });
  const lines = deal["lines"] as readonly { readonly sku: string }[];
  expect(lines.map(({ sku }) => sku)).toEqual(ids.map((id) => `S-${id}`));
  expect(deal["total"]).toBe("253.00");
  expect(fake.count(/batch\/read$/)).toBe(3);
  fake.deals.set("2", { id: "2", properties: { dealname: "Empty" } });
  expect((await call("getOpportunity", { opportunityId: "2" }))["lines"]).toEqual([]);
  expect(await call("getOpportunity", { opportunityId: "9" })).toMatchObject({
    code: "opportunity-missing",
  });
  const more = Array.from({ length: 501 }, (_, index) => ({ id: String(index), type: "x" }));
  fake.deals.set("3", { id: "3", properties: {}, associations: { line_items: more } });
  expect(await call("getOpportunity", { opportunityId: "3" })).toMatchObject({
    class: "invalid",
    code: "too-many-lines",
  });
});

test("the account team sees what is told, and nothing else changes", async () => {
  const { call, fake } = await openHubSpot();
  const before = {
    receivables_status: "open",
    dispute_status: "none",
    health_score: "80",
    support_escalation: "case 1",
  };
  fake.companies.set("95", { id: "95", properties: before });
  await call("reportStatus", { customerId: "95", health: 100, escalation: null });
  expect(fake.companies.get("95")?.properties).toEqual({
    ...before,
    health_score: "100",
    support_escalation: "",
  });
});

test("a deal of which the contract ended says so, and keeps its order", async () => {
  const { call, fake } = await openHubSpot();
  const before = {
    erp_order_number: "SO-1",
    integration_status: "ordered",
    integration_message: "",
  };
  fake.deals.set("215", { id: "215", properties: before });
  await call("reportEnd", { orderId: "215", endedOn: "2027-03-14" });
  expect(fake.deals.get("215")?.properties).toEqual({
    ...before,
    integration_status: "ended",
    integration_message: "the subscription ended in billing on 2027-03-14",
  });
});

test("a line that is added to a deal is news of the deal", async () => {
  const { fake, serving } = await openHubSpot();
  const path = "/webhooks/hubspot/events";
  const event = {
    eventId: 1,
    subscriptionType: "deal.associationChange",
    occurredAt: Date.now(),
    fromObjectId: 215,
    toObjectId: 511,
    associationType: "DEAL_TO_LINE_ITEM",
  };
  const { body, headers } = fake.post(`${serving.url}${path}`, [event], Date.now());
  const answer = await fetch(`${serving.url}${path}`, { method: "POST", body, headers });
  expect(answer.status).toBe(200);
  const [row] = await serving.store.read.messages({ limit: 10 });
  const told = await serving.store.read.message(row?.id ?? "");
  expect(told?.message).toMatchObject({
    type: "crm.opportunity.changed",
    data: { opportunityId: "215" },
  });
});
