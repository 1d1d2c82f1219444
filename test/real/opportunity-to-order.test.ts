import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Deal } from "../../engine/testing/index.ts";
import { type DemoWorld, startDemoWorld, worldSeed } from "./support/demo-world.ts";
import { hasPayloads, recordedText } from "./support/payloads.ts";
import * as sent from "./support/recorded-deals.ts";
import { changeAbout } from "./support/salesforce.ts";
import { decimal, decimalAt, startTryton, type Tryton, wordsAt } from "./support/tryton.ts";

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
type Named = Pick<Deal, "opportunityId">;
const salesOf = ({ opportunityId }: Named) =>
  tryton.admin.find("sale.sale", [["reference", "=", opportunityId]], saleFields);
const opportunityOf = (deal: Named) =>
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
    world.listenToCrm(false);
    const deal = world.estate.closeDeal({ customer: "new", hierarchy: "none" });
    const status = await world.postChange(JSON.stringify(changeAbout(deal.opportunityId)));
    world.listenToCrm(true);

    expect(status).toBe(202);
    expect(await endOf(deal)).toEqual({ status: "done", reason: undefined });
    expect(await salesOf(deal)).toHaveLength(1);
  });
});

/**
 * The CRM holds what Salesforce really sent, under the real ids. A test says what it adds: the deals were
 * sent before they were won, and each of them leaves out what the query or the event did not ask for.
 */
describe.runIf(hasPayloads("salesforce"))("a deal that Salesforce really sent", () => {
  /** What an account needs so that the ERP can bill and ship to it. */
  const sound = {
    BillingStreet: "1 Main St",
    BillingCity: "Oakland",
    BillingState: "CA",
    BillingPostalCode: "94607",
    BillingCountry: "US",
    ShippingStreet: "1 Main St",
    ShippingCity: "Oakland",
    ShippingState: "CA",
    ShippingPostalCode: "94607",
    ShippingCountry: "US",
  };
  const records = () => world.estate.crm.records;
  const edit = (type: "Account" | "Opportunity", id: string, values: Record<string, string>) =>
    world.estate.editRecord(type, id, values);
  /** A product of Tryton's that no stock runs out of. */
  const sell = (deal: string, quantity: number, price: number) =>
    records().make("OpportunityLineItem", {
      OpportunityId: deal,
      ProductCode: "IM-STD",
      Name: "Widget",
      Quantity: quantity,
      UnitPrice: price,
    });

  /** Does something, and waits until the run of a flow that it begins is over. */
  async function untilRun<T>(flow: string, laneKey: string, act: () => T): Promise<T> {
    const runs = async () => {
      const all = await world.serving.store.read.runs({ flow, limit: 200 });
      return all.filter((run) => run.laneKey === laneKey);
    };
    const before = (await runs()).length;
    const acted = act();
    const seen = () =>
      runs().then((all) => (all.length > before ? (all[0]?.status ?? "") : "none"));
    await expect.poll(seen, { timeout: 60_000, interval: 50 }).toMatch(/^(done|stopped|failed)$/);
    return acted;
  }

  /** Someone wins the deal, or wins it again once it is mended; until it is an order, or refused. */
  const win = (opportunityId: string, meanwhile = async () => {}) =>
    untilRun("opportunity-to-order", opportunityId, () => {
      edit("Opportunity", opportunityId, { StageName: "Negotiation/Review" });
      world.estate.winDeal(opportunityId);
      return meanwhile();
    });

  /** The codes of a refusal that the CRM shows, all of them. */
  function reasonsOf(opportunityId: string): readonly string[] {
    const deal = opportunityOf({ opportunityId });
    expect(deal?.["Integration_Status__c"]).toBe("Refused");
    const message = deal?.["Integration_Message__c"];
    return [...(typeof message === "string" ? message : "").matchAll(/\[([a-z-]+)\]/g)].map(
      ([, code = ""]) => code,
    );
  }

  /** What Tryton has of a deal. */
  async function soldOf(opportunityId: string) {
    return (await salesOf({ opportunityId })).map((sale) => ({
      state: sale["state"],
      untaxed: Number(decimalAt(sale, "untaxed_amount")).toFixed(2),
      party: sale["party."],
    }));
  }

  test("open, makes nothing; won, is refused with all it lacks; mended, is a sale of its amount", async () => {
    const deal = sent.dealOfChange();
    const account = wordsAt(deal, "AccountId");
    await sent.forget(tryton.admin, { deal: deal.Id, account });
    // Of the account, the name is what the deal's tells, and the street that of the account's event.
    const { street } = sent.accountOfChange();
    records().adopt("Account", { Id: account, Name: "Acme", BillingStreet: street });
    records().adopt("Opportunity", deal);

    const told = untilRun("opportunity-won", deal.Id, () =>
      world.postChange(recordedText(sent.changeOfDeal)),
    );
    expect(await told).toBe(202);
    expect(await soldOf(deal.Id)).toEqual([]);
    expect(opportunityOf({ opportunityId: deal.Id })?.["Integration_Status__c"]).toBeNull();

    await win(deal.Id);
    expect(reasonsOf(deal.Id)).toEqual(["lines-missing", "total-differs"]);
    expect(await tryton.admin.find("party.party", [["code", "=", account]], [])).toEqual([]);

    sell(deal.Id, 400, 100);
    await win(deal.Id);
    expect(reasonsOf(deal.Id)).toEqual(["tax-setup-missing", "payment-terms-unknown"]);
    expect(await soldOf(deal.Id)).toEqual([]);

    const mended = { ...sound, BillingStreet: street };
    await untilRun("customer-sync", account, () => edit("Account", account, mended));
    edit("Opportunity", deal.Id, { Payment_Terms__c: "Net 30" });
    await win(deal.Id);
    const party = { code: account };
    expect(await soldOf(deal.Id)).toMatchObject([
      { state: "processing", untaxed: "40000.00", party },
    ]);
    expect(opportunityOf({ opportunityId: deal.Id })).toMatchObject({
      Amount: deal["Amount"],
      Integration_Status__c: "Ordered",
    });
    expect(await streetOf(account, "invoice")).toBe(street);
  });

  test("as an outbound message, of an amount that finance approves, is a sale to the cent", async () => {
    const deal = sent.dealOfMessage();
    const account = wordsAt(deal, "AccountId");
    await sent.forget(tryton.admin, { deal: deal.Id, account });
    records().adopt("Account", { Id: account, Name: "Express Logistics", ...sound });
    records().adopt("Opportunity", deal);

    const told = untilRun("opportunity-won", deal.Id, () =>
      world.postOutbound(recordedText(sent.messageOfDeal)),
    );
    expect(await told).toContain("<Ack>true</Ack>");
    expect(await soldOf(deal.Id)).toEqual([]);

    sell(deal.Id, 100, 1200);
    edit("Opportunity", deal.Id, { Payment_Terms__c: "Net 60" });
    await win(deal.Id, async () => {
      await answer("order-checks", deal.Id, "approve");
    });
    expect(await soldOf(deal.Id)).toMatchObject([
      { state: "processing", untaxed: "120000.00", party: { code: account } },
    ]);
  });

  test("as a query answers it, for nothing and of no product, is refused; mended, is a sale of 0.00", async () => {
    const { deal, lines } = sent.dealOfAnswer();
    const account = "001Dn00000Dickens1";
    await sent.forget(tryton.admin, { deal: deal.Id, account });
    records().adopt("Account", { Id: account, Name: wordsAt(deal, "Name"), ...sound });
    records().adopt("Opportunity", deal);
    for (const line of lines) records().adopt("OpportunityLineItem", line);

    await win(deal.Id);
    expect(reasonsOf(deal.Id)).toEqual(["account-missing", "product-missing"]);

    for (const { Id } of lines) {
      const product = { ProductCode: "IM-STD", Quantity: 1 };
      world.estate.editRecord("OpportunityLineItem", Id, product);
    }
    edit("Opportunity", deal.Id, { AccountId: account, Payment_Terms__c: "Net 30" });
    await win(deal.Id);
    expect(await soldOf(deal.Id)).toMatchObject([{ untaxed: "0.00", party: { code: account } }]);
  });

  test("has an account whose change, as Salesforce really sent it, reaches the party", async () => {
    const { id, street } = sent.accountOfChange();
    await sent.forget(tryton.admin, { account: id });
    records().adopt("Account", { Id: id, Name: "Mission Street Works", ...sound });
    await untilRun("customer-sync", id, () => edit("Account", id, { Phone: "+1 415 555 0100" }));
    world.listenToCrm(false);
    edit("Account", id, { BillingStreet: street });
    world.listenToCrm(true);
    expect(await streetOf(id, "invoice")).toBe(sound.BillingStreet);

    const told = untilRun("customer-sync", id, () =>
      world.postChange(recordedText(sent.changeOfAccount)),
    );
    expect(await told).toBe(202);
    expect(await streetOf(id, "invoice")).toBe(street);
    expect(await streetOf(id, "delivery")).toBe(sound.ShippingStreet);
  });
});

async function streetOf(account: string, use: "invoice" | "delivery") {
  const domain = [
    ["party.code", "=", account],
    [use, "=", true],
  ];
  const addresses = await tryton.admin.find("party.address", domain, ["street"]);
  expect(addresses).toHaveLength(1);
  return addresses[0]?.["street"];
}
