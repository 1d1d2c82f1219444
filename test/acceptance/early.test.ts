import { beforeAll, expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** What comes before what it belongs to waits for it, for a bounded time, and holds up nothing else. */

let world: ReferenceWorld;
let business: Business;

beforeAll(async () => {
  world = await ReferenceWorld.open((path, text) =>
    path === "sluice.yaml" ? text.replace("max: 12, backoff: 5s", "max: 12, backoff: 50ms") : text,
  );
  business = await Business.of(world);
});

test("an invoice that is told before its order is in the books under that order", async () => {
  const { estate } = world;
  const { deal: earlier, subscription } = await business.sold();
  const deal = estate.closeDeal({
    accountId: earlier.accountId,
    lines: [{ sku: "GW-100", quantity: 1 }],
    close: false,
  });
  const bill = (orderId: string) =>
    estate.person.bill({
      customer: String(subscription["customer"]),
      lines: [{ description: "Edge gateway", amount: 89_000 }],
      metadata: { order_id: orderId, customer_id: earlier.accountId },
    }).id;
  const invoice = bill(deal.opportunityId);
  const waits = async () => {
    const runs = await world.serving.store.read.runs({ flow: "invoice-publication" });
    return runs.find(({ laneKey }) => laneKey === invoice)?.status;
  };
  await expect.poll(waits, soon).toBe("released");
  // Another one is not held up, and money that comes meanwhile is not lost.
  const other = bill(earlier.opportunityId);
  await expect.poll(() => business.booked(other), soon).toMatchObject({ state: "posted" });
  estate.person.pay(invoice, "paid");
  expect(await business.booked(invoice)).toBeUndefined();

  estate.editRecord("Opportunity", deal.opportunityId, { StageName: "Closed Won" });
  await expect
    .poll(() => business.booked(invoice), soon)
    .toMatchObject({ state: "paid", open_amount: "0.00", total: "1059.10" });
  const [order] = await business.rows(business.erp, `/orders?reference=${deal.opportunityId}`);
  expect((await business.booked(invoice))?.["order"]).toBe(order?.["number"]);
});

test("a child account whose parent the ERP does not take yet waits for it, and is made under it", async () => {
  const { estate } = world;
  estate.erp.faults.next({
    kind: "error",
    status: 503,
    times: "always",
    match: { method: "POST", path: "/customers" },
  });
  const tries = () =>
    estate.ledger
      .requests()
      .filter(({ method, path }) => method === "POST" && path.endsWith("/customers"));
  const before = tries().length;
  const deal = estate.closeDeal({ variations: ["child-without-parent"] });
  await expect.poll(() => tries().length - before, soon).toBeGreaterThan(2);
  const made = () =>
    estate.ledger
      .effects({ system: "erp", effect: "customer.created" })
      .map(({ reference }) => reference)
      .filter((id) => id === deal.accountId || id === deal.parentAccountId);
  expect(made()).toEqual([]);
  estate.erp.faults.clear();
  await world.ended("opportunity-to-order", deal.opportunityId);
  expect(made()).toEqual([deal.parentAccountId, deal.accountId]);
  const customer = async (id: string | null) => {
    const [row = {}] = await business.rows(business.erp, `/customers?external_ref=${id}`);
    return row;
  };
  const [parent, child] = [await customer(deal.parentAccountId), await customer(deal.accountId)];
  expect(child["parent"]).toBe(parent["code"]);
  expect(estate.ledger.ordersByReference(deal.opportunityId)).toHaveLength(1);
});
