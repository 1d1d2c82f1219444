import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Deal } from "../../engine/testing/index.ts";
import { type DemoWorld, startDemoWorld, worldSeed } from "./support/demo-world.ts";
import { changeAbout } from "./support/salesforce.ts";
import { decimal, decimalAt, startTryton, type Tryton } from "./support/tryton.ts";

/** Takes an order back as soon as it is confirmed, when it is of this amount. */
const regretted = "129.00";
const regret = `
flow: regret
owner: sales-operations
trigger: { event: order.confirmed, where: "$eq($message.data.total, '${regretted}')" }
input: canonical/order-confirmed@1
key: "$message.data.orderId"
steps:
  - call: erp.cancelOrder
    with: { orderId: "\${ $message.data.orderId }", reason: the customer thought better of it }
`;

let tryton: Tryton;
let world: DemoWorld;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  tryton = await startTryton();
  world = await startDemoWorld(tryton, worldSeed(0), { "flows/process/regret.yaml": regret });
  stops.push(() => world.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

const saleFields = ["number", "state", "untaxed_amount", "party.code", "payment_term.name"];
const salesOf = ({ opportunityId }: Deal) =>
  tryton.admin.find("sale.sale", [["reference", "=", opportunityId]], saleFields);
const opportunityOf = (deal: Deal) =>
  world.estate.crm.records.get("Opportunity", deal.opportunityId);

/** How the run of a deal ended, or why it stands still. */
async function endOf(deal: Deal, flow = "opportunity-to-order") {
  const { read } = world.serving.store;
  let last: Awaited<ReturnType<typeof read.runs>>[number] | undefined;
  await expect
    .poll(
      async () => {
        const runs = await read.runs({ flow, limit: 200 });
        last = runs.find(({ laneKey }) => laneKey === deal.opportunityId);
        return last?.status ?? "none";
      },
      { timeout: 60_000, interval: 200 },
    )
    .not.toMatch(/^(none|queued|ready|held|active|released)$/);
  return { status: last?.status, reason: last?.error?.message };
}

/** Answers the task of a flow that shows these words, once it is there. */
async function answer(flow: string, words: string, choice: string): Promise<void> {
  const { engine, store } = world.serving;
  const open = async () => {
    const tasks = await store.read.tasks({ flow, limit: 200 });
    return tasks.find((task) => task.answer === undefined && JSON.stringify(task).includes(words));
  };
  await expect.poll(open, { timeout: 60_000, interval: 200 }).toBeDefined();
  const task = await open();
  await engine.choose(task?.id ?? "", { choice, by: "frida" });
}

/** Until every event of the CRM is delivered and worked off. */
async function settled(): Promise<void> {
  await world.estate.webhooks.idle();
  await world.serving.engine.idle();
}

describe("a won deal in a Tryton that nobody here wrote", () => {
  test("becomes one confirmed sale, to the cent, under the parent account, and the CRM is told", async () => {
    const deal = world.estate.closeDeal({ customer: "new", hierarchy: "parent-unknown" });

    expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
    const sales = await salesOf(deal);
    expect(sales).toHaveLength(1);
    const [sale] = sales;
    expect(sale?.["state"]).toBe("processing");
    expect(Number(decimalAt(sale, "untaxed_amount"))).toBe(Number(deal.total));
    expect(sale?.["party."]).toMatchObject({ code: deal.accountId });
    expect(sale?.["payment_term."]).toMatchObject({ name: "Net 30" });
    const [party] = await tryton.admin.find(
      "party.party",
      [["code", "=", deal.accountId]],
      ["relations.to.code", "relations.type.name"],
    );
    expect(party?.["relations."]).toMatchObject([
      { "to.": { code: deal.parentAccountId }, "type.": { name: "Subsidiary of" } },
    ]);
    expect(opportunityOf(deal)).toMatchObject({
      ERP_Order_Number__c: sale?.["number"],
      Integration_Status__c: "Ordered",
    });
  });

  test("that is told of three times makes no second sale", async () => {
    const deal = world.estate.closeDeal({ customer: "new", hierarchy: "none" });
    await endOf(deal);
    for (const note of ["a", "b", "c"]) {
      world.estate.editRecord("Opportunity", deal.opportunityId, { Description: note });
    }
    await settled();

    expect(await salesOf(deal)).toHaveLength(1);
  });

  test("with several faults makes no sale, and the CRM shows them all", async () => {
    const deal = world.estate.closeDeal({
      customer: "new",
      variations: ["missing-tax-jurisdiction", "unknown-payment-term", "unavailable-part"],
    });
    await endOf(deal);

    expect(await salesOf(deal)).toEqual([]);
    const opportunity = opportunityOf(deal);
    expect(opportunity?.["Integration_Status__c"]).toBe("Refused");
    const message = opportunity?.["Integration_Message__c"];
    expect(message).toContain("[tax-setup-missing]");
    expect(message).toContain("[payment-terms-unknown]");
    expect(message).toContain("AN-300 (2 short) [not-available]");
  });

  test("beyond the customer's credit makes no sale", async () => {
    const first = world.estate.closeDeal({
      customer: "new",
      hierarchy: "none",
      lines: [{ sku: "SN-200", quantity: 1 }],
    });
    await endOf(first);
    const [party] = await tryton.admin.find("party.party", [["code", "=", first.accountId]], []);
    // What was just sold is all that it may owe.
    await tryton.admin.call("model.party.party.write", [party?.["id"] ?? null], {
      credit_limit_amount: decimal("64.50"),
    });
    world.estate.editRecord("Opportunity", first.opportunityId, {
      StageName: "Negotiation/Review",
    });
    await settled();
    const second = world.estate.closeDeal({
      customer: "new",
      hierarchy: "none",
      close: false,
      lines: [{ sku: "SN-200", quantity: 1 }],
    });
    world.estate.editRecord("Opportunity", second.opportunityId, { AccountId: first.accountId });
    world.estate.winDeal(second.opportunityId);
    await endOf(second);

    expect(await salesOf(second)).toEqual([]);
    expect(opportunityOf(second)?.["Integration_Message__c"]).toContain("[credit-limit-exceeded]");
  });

  test("above the threshold becomes a sale once finance approves it", async () => {
    const deal = world.estate.closeDeal({ customer: "new", variations: ["above-threshold"] });
    await answer("order-checks", deal.opportunityId, "approve");

    expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
    expect(await salesOf(deal)).toHaveLength(1);
  });

  test("of a firm that has two accounts makes one party, and a steward links the second", async () => {
    const one = world.estate.closeDeal({ customer: "new", hierarchy: "none", close: false });
    const two = world.estate.closeDeal({ customer: "new", hierarchy: "none", close: false });
    const account = world.estate.crm.records.get("Account", one.accountId);
    const taxId = account?.["Tax_Id__c"] ?? null;
    world.estate.editRecord("Account", two.accountId, { Tax_Id__c: taxId });
    world.estate.winDeal(one.opportunityId);
    world.estate.winDeal(two.opportunityId);
    await answer("customer-matching", JSON.stringify(taxId), "link");

    expect(await endOf(one)).toEqual({ status: "done", reason: undefined });
    expect(await endOf(two)).toEqual({ status: "done", reason: undefined });
    const domain = [["identifiers.code", "=", taxId]];
    expect(await tryton.admin.find("party.party", domain, ["code"])).toHaveLength(1);
    expect(await salesOf(two)).toHaveLength(1);
  });

  // The CRM rounds half a cent up, Tryton to even; and its prices have four decimals.
  test.each([
    { quantity: 208, discount: "33.33" },
    { quantity: 2, discount: "7.5" },
  ])("of $quantity pieces less $discount % keeps its cents", async ({ quantity, discount }) => {
    const deal = world.estate.closeDeal({
      customer: "new",
      hierarchy: "none",
      lines: [{ sku: "SN-200", quantity, discount }],
    });

    expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
    const [sale] = await salesOf(deal);
    expect(Number(decimalAt(sale, "untaxed_amount"))).toBe(Number(deal.total));
  });

  test.each(["model.party.party.create", "model.sale.sale.create", "model.sale.sale.confirm"])(
    "becomes one sale when the answer to %s is lost",
    async (method) => {
      const lost = world.proxy.lost();
      world.proxy.loseAnswerTo(method);
      const deal = world.estate.closeDeal({
        customer: "new",
        hierarchy: "none",
        lines: [{ sku: "SN-200", quantity: 1 }],
      });

      expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
      expect(world.proxy.lost()).toBe(lost + 1);
      const sales = await salesOf(deal);
      expect(sales.map(({ state }) => state)).toEqual(["processing"]);
      const domain = [["code", "=", deal.accountId]];
      expect(await tryton.admin.find("party.party", domain, ["code"])).toHaveLength(1);
    },
  );

  test("that is taken back leaves nothing to ship, to invoice or to owe, and its reference free", async () => {
    const deal = world.estate.closeDeal({
      customer: "new",
      hierarchy: "none",
      lines: [{ sku: "SN-200", quantity: 2 }],
    });

    expect(await endOf(deal, "regret")).toEqual({ status: "done", reason: undefined });
    expect(deal.total).toBe(regretted);
    expect(await salesOf(deal)).toEqual([]);
    const [sale] = await tryton.admin.find(
      "sale.sale",
      [["reference", "=", `${deal.opportunityId} (cancelled)`]],
      ["shipments.state", "invoices.state", "party.credit_amount"],
    );
    expect(sale?.["shipments."]).toMatchObject([{ state: "cancelled" }]);
    expect(sale?.["invoices."]).toMatchObject([{ state: "cancelled" }]);
    expect(sale?.["party."]).toMatchObject({ credit_amount: { decimal: "0.0" } });
  });

  test("is found by a change event that Salesforce really sent, nulls and all", async () => {
    world.estate.webhooks.to("crm", null);
    const deal = world.estate.closeDeal({ customer: "new", hierarchy: "none" });
    const status = await world.postChange(changeAbout(deal.opportunityId));

    expect(status).toBe(202);
    expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
    expect(await salesOf(deal)).toHaveLength(1);
  });
});
