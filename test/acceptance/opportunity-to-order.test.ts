import { beforeAll, describe, expect, test } from "vitest";
import { ReferenceWorld } from "./world/reference.ts";

let world: ReferenceWorld;
beforeAll(async () => {
  world = await ReferenceWorld.open();
});

const openTask = async () =>
  (await world.serving.store.read.tasks({})).find(({ answer }) => answer === undefined);
const orders = (reference: string) => world.estate.ledger.ordersByReference(reference);

describe("a deal that was won", () => {
  test("and told three times, then edited twice, makes one order", async () => {
    const deal = await world.close({ lines: [{ sku: "GW-100", quantity: 2 }] });
    world.estate.person.redeliver(deal.opportunityId, 2);
    for (const Description of ["one", "two"]) {
      world.estate.editRecord("Opportunity", deal.opportunityId, { Description });
    }
    await world.estate.webhooks.idle();
    await world.serving.engine.idle();
    expect(orders(deal.opportunityId)).toHaveLength(1);
    expect(world.opportunity(deal)["ERP_Order_Number__c"]).toBe(orders(deal.opportunityId)[0]?.id);
  });

  test.each([
    ["credit-hold", /\[credit-hold\]/, /credit hold/],
    ["missing-tax-jurisdiction", /\[tax-setup-missing\]/, /shipTo\.region.*finance operations/],
    ["unknown-payment-term", /\[payment-terms-unknown\]/, /payment terms/i],
    ["unavailable-part", /\[not-available\]/, /not in stock/],
  ] as const)(
    "with %s is refused in the CRM, with reason and code",
    async (variation, code, why) => {
      const deal = await world.close({ variations: [variation] });
      const message = String(world.opportunity(deal)["Integration_Message__c"]);
      expect(message).toMatch(why);
      expect(message).toMatch(code);
      expect(orders(deal.opportunityId)).toEqual([]);
    },
  );

  test("with three violations is refused once, with all of them", async () => {
    const deal = await world.close({
      variations: ["credit-hold", "missing-tax-jurisdiction", "unknown-payment-term"],
    });
    const message = String(world.opportunity(deal)["Integration_Message__c"]);
    for (const code of ["credit-hold", "tax-setup-missing", "payment-terms-unknown"]) {
      expect(message).toContain(code);
    }
    const refusals = world.estate.ledger
      .effects({ system: "crm" })
      .filter(({ id }) => id === deal.opportunityId);
    expect(refusals.length).toBeLessThanOrEqual(1);
  });

  test("of a child account whose parent the ERP does not know brings the parent first", async () => {
    const deal = await world.close({ variations: ["child-without-parent"] });
    expect(orders(deal.opportunityId)).toHaveLength(1);
    const links = world.estate.ledger.effects({ system: "erp", effect: "customer.created" });
    const child = links.find(({ reference }) => reference === deal.accountId);
    const parentId = world.estate.crm.records.get("Account", deal.accountId)?.["ParentId"];
    const parent = links.find(({ reference }) => reference === parentId);
    expect(parent).toBeDefined();
    expect(links.findIndex((link) => link === child)).toBeGreaterThan(
      links.findIndex((link) => link === parent),
    );
  });

  test("above the threshold waits for a person, and the answer is on record with the name", async () => {
    for (const choice of ["approve", "reject"]) {
      const deal = world.estate.closeDeal({ variations: ["above-threshold"] });
      await expect.poll(openTask, { timeout: 10_000 }).toBeDefined();
      const task = await openTask();
      expect(orders(deal.opportunityId)).toEqual([]);
      await world.serving.engine.choose(task?.id ?? "", { choice, by: "Ada" });
      await world.ended("opportunity-to-order", deal.opportunityId);
      expect(orders(deal.opportunityId)).toHaveLength(choice === "approve" ? 1 : 0);
      const [answered] = await world.serving.store.read.tasks({});
      expect(answered?.answer).toMatchObject({ choice, by: "Ada" });
      const audits = await world.serving.store.read.audits({});
      expect(audits.some(({ actor }) => actor === "Ada")).toBe(true);
    }
  });

  test("keeps its amounts to the cent, discounts included", async () => {
    const deal = await world.close({
      lines: [
        { sku: "PL-ANNUAL", quantity: 3, discount: "7.5" },
        { sku: "IM-STD", quantity: 1, discount: "33.3" },
        { sku: "GW-100", quantity: 7 },
      ],
    });
    const [order] = orders(deal.opportunityId);
    expect(order?.amount).toBe(deal.total);
  });
});

describe("a deal with a kit of which a part is short", () => {
  const lines = [
    { sku: "GW-100", quantity: 2, discount: "7.5" },
    { sku: "KIT-20", quantity: 1, discount: "33.33" },
  ];
  const agreed = async () =>
    ReferenceWorld.open((path, text) => {
      if (path === "mappings/codes/back-orders.yaml") return `${text}  KIT-20: Field kit\n`;
      return path === "flows/process/back-order.yaml"
        ? text.replace("for: 12h", "for: 100ms")
        : text;
    });

  test("is refused unless it was agreed that the kit may come later", async () => {
    const deal = await world.close({ lines });
    expect(String(world.opportunity(deal)["Integration_Message__c"])).toMatch(
      /AN-300 \(2 short\).*\[not-available\]/,
    );
    expect(orders(deal.opportunityId)).toEqual([]);
  });

  test("is two orders where it was: what is there at once, the kit when its part came, and the cents add up", async () => {
    const split = await agreed();
    const { catalogue } = split.estate.erp;
    const made = (reference: string) => split.estate.ledger.ordersByReference(reference);
    const deal = await split.close({ lines });
    const later = `${deal.opportunityId}-B`;
    const [first] = made(deal.opportunityId);
    expect(first?.amount).toBe(deal.lines[0]?.amount);
    expect(split.opportunity(deal)).toMatchObject({ ERP_Order_Number__c: first?.id });
    // Stock is asked again and again, and nothing is ordered before all of it is there.
    const asked = async () =>
      (await split.serving.store.read.runs({ flow: "back-order" })).filter(
        ({ status }) => status === "stopped",
      ).length;
    await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(made(later)).toEqual([]);
    // Won again before that: what is still to come is the deal's, and there is no word against it.
    split.estate.editRecord("Opportunity", deal.opportunityId, {
      StageName: "Negotiation/Review",
    });
    split.estate.winDeal(deal.opportunityId);
    const looked = async () => {
      const { read } = split.serving.store;
      const runs = await read.runs({ flow: "opportunity-to-order" });
      return runs.map(({ status }) => status);
    };
    await expect.poll(looked, { timeout: 10_000 }).toEqual(["stopped", "done"]);
    expect(split.opportunity(deal)).toMatchObject({
      Integration_Status__c: "Ordered",
      Integration_Message__c: null,
      ERP_Order_Number__c: first?.id,
    });
    catalogue.setStock("AN-300", 2);
    await expect.poll(() => made(later).length, { timeout: 10_000 }).toBe(1);
    const [second] = made(later);
    expect(second?.amount).toBe(deal.lines[1]?.amount);
    expect(Number(first?.amount) + Number(second?.amount)).toBeCloseTo(Number(deal.total), 8);
    await expect
      .poll(() => split.opportunity(deal), { timeout: 10_000 })
      .toMatchObject({ ERP_Order_Number__c: `${first?.id}, ${second?.id}` });
    expect(made(deal.opportunityId)).toHaveLength(1);
  });

  test("is refused where nothing is left to send at once", async () => {
    const split = await agreed();
    const deal = await split.close({ lines: lines.slice(1) });
    expect(String(split.opportunity(deal)["Integration_Message__c"])).toContain("[not-available]");
    expect(split.estate.ledger.ordersByReference(deal.opportunityId)).toEqual([]);
  });
});

describe("two accounts of one firm that come at the same moment", () => {
  test("share the one business partner, and a steward decides about the second", async () => {
    const first = world.estate.closeDeal({ lines: [{ sku: "GW-100", quantity: 1 }] });
    const second = world.estate.closeDeal({
      sameCompanyAs: first.accountId,
      lines: [{ sku: "GW-100", quantity: 1 }],
    });
    expect(second.accountId).not.toBe(first.accountId);
    const accounts = [first.accountId, second.accountId];
    const made = () =>
      world.estate.ledger
        .effects({ system: "erp", effect: "customer.created" })
        .filter(({ reference }) => accounts.includes(reference ?? ""));
    await expect.poll(openTask, { timeout: 10_000 }).toBeDefined();
    const task = await openTask();
    expect(made()).toEqual([]);
    expect(task).toMatchObject({ team: "master-data", choices: ["link", "create", "reject"] });
    await world.serving.engine.choose(task?.id ?? "", { choice: "link", by: "Grace" });
    await world.ended("opportunity-to-order", first.opportunityId);
    await world.ended("opportunity-to-order", second.opportunityId);
    expect(made()).toEqual([]);
    const { read } = world.serving.store;
    const partners = await read.crosswalk("customer", first.accountId);
    expect(partners.filter(({ system }) => system === "erp")).toHaveLength(1);
    for (const { opportunityId } of [first, second]) {
      const runs = await read.runs({ flow: "opportunity-to-order", limit: 1_000 });
      const run = runs.find(({ laneKey }) => laneKey === opportunityId);
      expect(orders(opportunityId), JSON.stringify(run?.error)).toHaveLength(1);
    }
    const audits = await read.audits({});
    expect(audits.some(({ actor }) => actor === "Grace")).toBe(true);
  });
});

describe("an order that the ERP approved", () => {
  test("has its subscription, its entitlement, one story, and one customer under all its ids", async () => {
    const deal = await world.close({
      lines: [
        { sku: "PL-ANNUAL", quantity: 1 },
        { sku: "IM-STD", quantity: 1 },
      ],
    });
    await world.ended("subscription-activation", deal.opportunityId);
    const { ledger, crm } = world.estate;
    const { read } = world.serving.store;
    const activated = ledger.effects({ system: "billing", effect: "subscription.activated" });
    const [subscription] = (await read.crosswalk("subscription", deal.opportunityId)).filter(
      ({ system }) => system === "billing",
    );
    expect(activated.filter(({ id }) => id === subscription?.id)).toHaveLength(1);
    const runs = await read.runs({ flow: "subscription-activation" });
    expect(runs[0]).toMatchObject({ status: "done" });
    const account: Readonly<Record<string, unknown>> =
      crm.records.get("Account", deal.accountId) ?? {};
    const ids = [
      "ERP_Customer_Code__c",
      "Billing_Customer_Id__c",
      "Support_Organization_Id__c",
    ].map((field) => String(account[field]));
    for (const id of [deal.accountId, ...ids]) {
      const found = (await read.crosswalk("customer", id)).map((row) => row.id);
      expect(new Set(found), `by ${id}`).toEqual(new Set([deal.accountId, ...ids]));
    }
    const granted = world.estate.support.organizations.must(ids[2]);
    expect(granted["organization_fields"]).toMatchObject({ implementation_service: true });
    expect(JSON.stringify(granted)).toContain("sla_tier");
    const [order] = orders(deal.opportunityId);
    const story = await read.trace(order?.id ?? "");
    const kinds = new Set(story.map(({ kind }) => kind));
    for (const kind of ["message", "run", "step", "delivery", "milestone", "link"] as const) {
      expect(kinds.has(kind), kind).toBe(true);
    }
  });
});
