import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../engine/testing/estate/clients.ts";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** From a deal to money in the books, with a case in between; every system is asked what it has. */

type Row = Readonly<Record<string, unknown>>;

let world: ReferenceWorld;
let business: Business;
let erp: Call;
let billing: Call;
let support: Call;

beforeAll(async () => {
  world = await ReferenceWorld.open();
  business = await Business.of(world);
  ({ erp, billing, support } = business);
});

const rows = async (call: Call, path: string) => business.rows(call, path);
const booked = async (invoiceId: string) => business.booked(invoiceId);
const billed = async (invoiceId: string) => business.billed(invoiceId);
const account = (id: string) => business.account(id);
const sold = async () => business.sold();

describe("from a closed deal to money in the books, with a case in between", () => {
  test("every system has the same story, to the cent", async () => {
    const { estate } = world;
    const story = await sold();
    const { deal, order, subscription, first } = story;
    const customer = account(deal.accountId);
    expect(order).toMatchObject({
      total: deal.total,
      contract: expect.stringMatching(/^CT-/) as string,
    });
    expect(subscription).toMatchObject({
      status: "active",
      metadata: { contract_id: order["contract"] },
    });

    // The subscription is billed, and in the books with billing's own tax.
    const invoice = await billed(first);
    const inBooks = await booked(first);
    expect(inBooks).toMatchObject({ order: order["number"], net: "4800.00" });
    const decimal = (minor: unknown) => (Number(minor) / 100).toFixed(2);
    expect(inBooks).toMatchObject({
      tax: decimal(invoice["tax"]),
      total: decimal(invoice["total"]),
    });
    expect(JSON.stringify(inBooks?.["lines"])).toContain(
      `subscription ${String(subscription["id"])}`,
    );
    const [schedule] = await rows(
      erp,
      `/revenue-schedules?order=${String(order["number"])}&state=active`,
    );
    expect(schedule).toMatchObject({ total: "4800.00", months: 12 });
    const organization = await support(
      "GET",
      `/organizations/search?external_id=${deal.accountId}`,
    );
    expect(organization.body.organizations[0]).toMatchObject({
      organization_fields: { sla_tier: "silver", implementation_service: true },
    });

    // A severe case about billed work: billing stops, and what is issued meanwhile is not posted.
    const work = await business.billWork(story);
    const ticket = estate.person.openTicket({
      subject: "Gateway is offline",
      priority: "urgent",
      accountId: deal.accountId,
      orderNumber: String(order["number"]),
    });
    const reason = `case ${ticket.id}`;
    await expect
      .poll(() => billed(work), soon)
      .toMatchObject({ auto_advance: false, metadata: { hold: reason } });
    business.issue(work);
    await expect
      .poll(() => booked(work), soon)
      .toMatchObject({
        state: "draft",
        dispute_status: "service-exception",
        dispute_case: String(ticket.id),
      });
    await expect
      .poll(() => account(deal.accountId), soon)
      .toMatchObject({
        Dispute_Status__c: "disputed",
        Health_Score__c: 80,
        Support_Escalation__c: `${reason} (urgent): Gateway is offline`,
      });

    // A second case on it: the first one's end does not let it go.
    const number = String((await billed(work))["number"]);
    const second = estate.person.openTicket({
      subject: "And the sensors",
      priority: "high",
      accountId: deal.accountId,
      orderNumber: String(order["number"]),
      invoiceNumber: number,
    });
    await expect
      .poll(() => billed(work), soon)
      .toMatchObject({ metadata: { hold: `case ${ticket.id}, ${second.id}` } });
    estate.person.changeTicket(ticket.id, { status: "solved" });
    await expect
      .poll(() => billed(work), soon)
      .toMatchObject({ metadata: { hold: `case ${second.id}` } });
    expect(await booked(work)).toMatchObject({ state: "draft" });

    // The last one's end does: billing goes on, and the books get their posting, once.
    estate.person.changeTicket(second.id, { status: "solved" });
    await expect
      .poll(() => booked(work), soon)
      .toMatchObject({ state: "posted", dispute_status: "none" });
    expect(await billed(work)).toMatchObject({ auto_advance: true });
    expect(await billed(work)).not.toHaveProperty("metadata.hold");
    const erpNumber = String((await booked(work))?.["number"]);
    expect(business.effects("erp", "invoice.posted", erpNumber)).toBe(1);
    await expect
      .poll(() => account(deal.accountId), soon)
      .toMatchObject({
        Dispute_Status__c: "none",
        Health_Score__c: 100,
        Support_Escalation__c: null,
      });

    // Money comes in two parts, and some of it goes back.
    const whole = Number((await billed(work))["total"]);
    estate.person.pay(work, "failed");
    estate.person.pay(work, "partial", 40_000);
    await expect
      .poll(() => booked(work), soon)
      .toMatchObject({ open_amount: ((whole - 40_000) / 100).toFixed(2) });
    estate.person.pay(work, "paid");
    await expect
      .poll(() => booked(work), soon)
      .toMatchObject({ open_amount: "0.00", state: "paid" });
    await expect
      .poll(() => account(deal.accountId), soon)
      // Those of the subscription are still to be paid.
      .toMatchObject({ Receivables_Status__c: "open" });
    estate.person.pay(work, "refunded", 1_001);
    await expect.poll(() => booked(work), soon).toMatchObject({ open_amount: "10.01" });
    const receipts = await rows(erp, `/receipts?invoice=${erpNumber}`);
    expect(receipts.map(({ kind }) => String(kind)).toSorted((a, b) => a.localeCompare(b))).toEqual(
      ["failed", "payment", "payment", "refund"],
    );
    expect(new Set(receipts.map(({ reference }) => reference)).size).toBe(4);

    // One customer under all its ids, and one timeline.
    const ids = [
      "ERP_Customer_Code__c",
      "Billing_Customer_Id__c",
      "Support_Organization_Id__c",
    ].map((field) => String(account(deal.accountId)[field] ?? customer[field]));
    for (const id of [deal.accountId, ...ids]) {
      const found = await world.serving.store.read.crosswalk("customer", id);
      expect(new Set(found.map((row) => row.id)), id).toEqual(new Set([deal.accountId, ...ids]));
      const { out } = await world.cli("crosswalk", "customer", id);
      for (const system of ["crm", "erp", "billing", "support"]) {
        expect(out, id).toMatch(new RegExp(`^${system} .* ${deal.accountId} `, "m"));
      }
    }
    expect(estate.ledger.duplicates()).toEqual([]);

    // Each milestone of the business is counted, by day, with how long it took.
    const { out } = await world.ask("sla", "--json");
    const { milestones } = JSON.parse(out) as { milestones: readonly Row[] };
    for (const milestone of [
      "order.created",
      "subscription.activated",
      "entitlement.granted",
      "invoice.posted",
      "payment.applied",
    ]) {
      const day = milestones.find(({ name }) => name === milestone);
      expect(day, milestone).toMatchObject({
        day: new Date().toISOString().slice(0, 10),
        count: expect.any(Number) as number,
        averageMs: expect.any(Number) as number,
      });
    }
  });
});

describe("what else happens to a customer", () => {
  test("usage is billed once, is in the books, and the day's revenue agrees", async () => {
    const { estate } = world;
    const { deal, subscription } = await sold();
    const statement = {
      orderId: deal.opportunityId,
      period: "2026-11",
      currency: "EUR",
      lines: [
        {
          usageId: "u-1",
          description: "Messages",
          quantity: "1250",
          unitPrice: "0.02",
          amount: "25.00",
        },
        {
          usageId: "u-2",
          description: "Storage",
          quantity: "3",
          unitPrice: "1.335",
          amount: "4.01",
        },
      ],
    };
    const answer = await world.api("metering", "/v1/usage-statements", statement);
    expect(answer).toMatchObject({ status: 201, body: { net: "29.01" } });
    const again = await world.api("metering", "/v1/usage-statements", statement);
    expect(again.body["invoiceId"]).toBe(answer.body["invoiceId"]);
    const id = String(answer.body["invoiceId"]);
    await expect.poll(() => booked(id), soon).toMatchObject({ net: "29.01", state: "posted" });
    const lines = JSON.stringify((await booked(id))?.["lines"]);
    expect(lines.split(`subscription ${String(subscription["id"])}, contract CT-`)).toHaveLength(3);
    expect(
      estate.ledger
        .effects({ system: "billing", effect: "invoice.created" })
        .filter((row) => row.id === id),
    ).toHaveLength(1);

    const day = String((await booked(id))?.["posted_on"]);
    const agreement = async () => (await world.api("finance", `/v1/finance/revenue/${day}`)).body;
    await expect.poll(agreement, soon).toMatchObject({ agrees: true, differences: [] });
    expect(JSON.stringify((await agreement())["sums"])).toContain(deal.accountId);
    // An invoice that the books refuse is what finance is told of, by its id.
    const stray = estate.person.bill({
      customer: String(subscription["customer"]),
      lines: [{ description: "Unknown to the ERP", amount: 100 }],
      metadata: { order_id: "nobody's", customer_id: "nobody's" },
    });
    await expect.poll(agreement, soon).toMatchObject({
      agrees: false,
      differences: [{ invoiceId: stray.id, kind: "missing-in-erp" }],
    });
  });

  test("an accepted claim is one credit, the same in billing and in the ERP", async () => {
    const { estate } = world;
    const { deal, first } = await sold();
    const ticket = estate.person.openTicket({
      subject: "A day without service",
      accountId: deal.accountId,
      invoiceNumber: String((await billed(first))["number"]),
    });
    estate.person.changeTicket(ticket.id, { claimAmount: "120.05", claimAccepted: true });
    await world.ended("case-to-credit", String(ticket.id));
    const [note] = await rows(billing, `/credit_notes?invoice=${first}`);
    const [memo] = await rows(erp, `/credit-memos?reference=case-${ticket.id}`);
    expect(note).toMatchObject({ amount: 12_005, metadata: { case_id: String(ticket.id) } });
    expect(memo).toMatchObject({ amount: "120.05", case: String(ticket.id) });
  });

  test("a claim that is more than the invoice leaves no credit anywhere", async () => {
    const { estate } = world;
    const { deal, first } = await sold();
    const invoice = await booked(first);
    // The ERP's own memo leaves too little there, and enough in billing.
    await erp("POST", "/credit-memos", {
      reference: "by hand",
      invoice: invoice?.["number"],
      amount: invoice?.["total"],
      currency: "EUR",
      case: null,
    });
    const ticket = estate.person.openTicket({
      subject: "Once more",
      accountId: deal.accountId,
      invoiceNumber: String((await billed(first))["number"]),
    });
    estate.person.changeTicket(ticket.id, { claimAmount: "10.00", claimAccepted: true });
    await world.ended("case-to-credit", String(ticket.id));
    expect(await rows(billing, `/credit_notes?invoice=${first}`)).toMatchObject([
      { status: "void" },
    ]);
    expect(await rows(erp, `/credit-memos?reference=case-${ticket.id}`)).toEqual([]);
  });

  test("a contract is extended everywhere, or nowhere", async () => {
    const { estate } = world;
    const { deal, order, subscription } = await sold();
    const upgrade = () =>
      estate.closeDeal({
        accountId: deal.accountId,
        amends: { orderId: deal.opportunityId, type: "Existing Business" },
        lines: [{ sku: "PL-PLUS", quantity: 3, discount: "10" }],
      });
    const plan = async () => {
      const { body } = await billing("GET", `/subscriptions/${String(subscription["id"])}`);
      return JSON.stringify((body as unknown as Row)["items"]);
    };
    const revenue = async () =>
      rows(erp, `/revenue-schedules?order=${String(order["number"])}&state=active`);
    const owed = async () => {
      const { body } = await support("GET", `/organizations/search?external_id=${deal.accountId}`);
      return (body.organizations[0] as unknown as { organization_fields: Row }).organization_fields;
    };
    const tier = async () => (await owed())["sla_tier"];
    // Support refuses: what billing and the ERP had done is undone.
    estate.support.faults.next({
      kind: "error",
      status: 422,
      match: { method: "POST", path: "/organizations/create_or_update" },
    });
    const refused = upgrade();
    await world.ended("contract-change", deal.opportunityId);
    expect(await plan()).toContain("platform-annual");
    expect(await revenue()).toMatchObject([{ total: "4800.00" }]);
    expect(await rows(erp, `/orders?reference=${refused.opportunityId}`)).toMatchObject([
      { state: "cancelled" },
    ]);
    expect(await tier()).toBe("silver");

    const done = upgrade();
    await expect.poll(plan, soon).toContain("prod_platform_plus_annual");
    await expect.poll(tier, soon).toBe("gold");
    expect(await revenue()).toMatchObject([{ total: "25920.00", months: 12 }]);
    expect(JSON.parse(await plan())).toMatchObject({
      data: [{ quantity: 3, price: { unit_amount: 864_000 } }],
    });
    // The onboarding that was sold at the beginning was sold.
    expect(await owed()).toMatchObject({ implementation_service: true });
    await expect
      .poll(() => world.opportunity(done), soon)
      .toMatchObject({ Integration_Status__c: "Ordered" });
    // What stands in the way of an order stands in the way of a change, and all of it is told at once.
    const owing = estate.closeDeal({
      accountId: deal.accountId,
      amends: { orderId: deal.opportunityId, type: "Existing Business" },
      lines: [{ sku: "PL-PLUS", quantity: 4 }],
      variations: ["credit-hold", "unknown-payment-term"],
    });
    const message = () => world.opportunity(owing)["Integration_Message__c"];
    await expect.poll(message, soon).toContain("[credit-hold]");
    expect(message()).toContain("[payment-terms-unknown]");
    expect(JSON.parse(await plan())).toMatchObject({ data: [{ quantity: 3 }] });
    expect(await rows(erp, `/orders?reference=${owing.opportunityId}`)).toEqual([]);
    // The upgrade is no second subscription.
    const { ledger } = estate;
    const made = ledger.effects({ system: "billing", effect: "subscription.created" });
    expect(made.filter((row) => row.reference === done.opportunityId)).toEqual([]);
  });

  test("a change in mid-term leaves what was earned until then, and so does an end", async () => {
    const { estate } = world;
    const { deal, order, subscription } = await sold();
    const start = new Date(Number(subscription["start_date"]) * 1000).toISOString().slice(0, 10);
    const later = (months: number) => {
      const date = new Date(`${start}T00:00:00Z`);
      date.setUTCMonth(date.getUTCMonth() + months);
      return date.toISOString().slice(0, 10);
    };
    const change = (type: "Existing Business" | "Cancellation", months: number) => {
      const changed = estate.closeDeal({
        accountId: deal.accountId,
        amends: { orderId: deal.opportunityId, type },
        lines: [{ sku: "PL-ANNUAL", quantity: 3, discount: "2.5" }],
        close: false,
      });
      const day = { Service_Start_Date__c: later(months) };
      estate.editRecord("Opportunity", changed.opportunityId, day);
      estate.winDeal(changed.opportunityId);
      return changed;
    };
    const earned = async () => {
      const path = `/revenue-schedules?order=${String(order["number"])}&state=active`;
      const [schedule] = await rows(erp, path);
      const entries = (schedule?.["entries"] ?? []) as readonly { amount: string }[];
      return { total: schedule?.["total"], months: entries.map(({ amount }) => amount) };
    };
    const times = (count: number, amount: string) => Array.from({ length: count }, () => amount);

    const more = change("Existing Business", 3);
    await expect
      .poll(() => world.opportunity(more), soon)
      .toMatchObject({ Integration_Status__c: "Ordered" });
    expect(await earned()).toEqual({
      total: "11730.00",
      months: [...times(3, "400.00"), ...times(9, "1170.00")],
    });
    const ended = change("Cancellation", 5);
    await expect
      .poll(() => world.opportunity(ended), soon)
      .toMatchObject({ ERP_Order_Number__c: "cancelled" });
    expect(await earned()).toEqual({
      total: "3540.00",
      months: [...times(3, "400.00"), ...times(2, "1170.00")],
    });
    // Outside its term there is nothing to change.
    const late = change("Existing Business", 5);
    await expect
      .poll(() => world.opportunity(late)["Integration_Message__c"], soon)
      .toContain("[change-outside-term]");
  });

  test("a contract is renewed everywhere, and ends everywhere on the agreed day", async () => {
    const { estate } = world;
    const { deal, order, subscription } = await sold();
    const id = String(subscription["id"]);
    const change = (type: "Renewal" | "Cancellation", more: object = {}) =>
      estate.closeDeal({
        accountId: deal.accountId,
        amends: { orderId: deal.opportunityId, type },
        lines: [{ sku: "PL-ANNUAL", quantity: 1 }],
        ...more,
      });
    const runs = async () =>
      (await billing("GET", `/subscriptions/${id}`)).body as unknown as Readonly<
        Record<string, number>
      >;
    const schedules = async () =>
      rows(erp, `/revenue-schedules?order=${String(order["number"])}&state=active`);
    const fields = async () => {
      const { body } = await support("GET", `/organizations/search?external_id=${deal.accountId}`);
      return (body.organizations[0] as unknown as { organization_fields: Row }).organization_fields;
    };
    const dayOf = (seconds: unknown) => new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
    const later = (day: string, months: number) => {
      const date = new Date(`${day}T00:00:00Z`);
      date.setUTCMonth(date.getUTCMonth() + months);
      return date.toISOString().slice(0, 10);
    };
    const start = dayOf(subscription["start_date"]);
    expect(dayOf((await runs())["cancel_at"])).toBe(later(start, 12));
    expect(await schedules()).toMatchObject([{ months: 12, total: "4800.00" }]);

    // Renewed for a year: the term, what is earned, and what support owes; one more order, no second subscription.
    const renewal = change("Renewal");
    await expect
      .poll(() => world.opportunity(renewal), soon)
      .toMatchObject({ Integration_Status__c: "Ordered" });
    expect(dayOf((await runs())["cancel_at"])).toBe(later(start, 24));
    expect(await schedules()).toMatchObject([{ months: 24, total: "9600.00" }]);
    expect(await fields()).toMatchObject({
      entitlement_ends: later(start, 24),
      sla_tier: "silver",
    });
    expect(await rows(erp, `/orders?reference=${renewal.opportunityId}`)).toMatchObject([
      { total: "4800.00" },
    ]);

    // A cancellation that support refuses leaves all as it was.
    estate.support.faults.next({
      kind: "error",
      status: 422,
      match: { method: "POST", path: "/organizations/create_or_update" },
    });
    const refused = change("Cancellation");
    await expect
      .poll(() => world.opportunity(refused)["Integration_Message__c"], soon)
      .toContain("[support-refused]");
    await expect.poll(schedules, soon).toMatchObject([{ months: 24, total: "9600.00" }]);
    await expect.poll(async () => dayOf((await runs())["cancel_at"]), soon).toBe(later(start, 24));

    // One that goes through ends billing, revenue and service on the same day, without an order.
    const ended = change("Cancellation");
    await expect
      .poll(() => world.opportunity(ended), soon)
      .toMatchObject({ ERP_Order_Number__c: "cancelled" });
    const day = String(world.opportunity(ended)["Service_Start_Date__c"]);
    expect(dayOf((await runs())["cancel_at"])).toBe(day);
    expect(await schedules()).toEqual([]);
    expect(await fields()).toMatchObject({ entitlement_ends: day });
    expect(await rows(erp, `/orders?reference=${ended.opportunityId}`)).toEqual([]);
    const { ledger } = estate;
    const made = ledger.effects({ system: "billing", effect: "subscription.created" });
    const changes = [renewal, refused, ended].map(({ opportunityId }) => opportunityId);
    expect(made.filter(({ reference }) => changes.includes(reference ?? ""))).toEqual([]);
  });

  test("who asks whether service is due is answered, also while the ERP is away", async () => {
    const { estate } = world;
    const { deal, order } = await sold();
    const [asset = {}] = await rows(erp, `/assets?order=${String(order["number"])}`);
    const path = (serial: unknown) => `/v1/entitlements/${deal.accountId}?asset=${String(serial)}`;
    const own = await world.api("support", path(asset["serial"]));
    expect(own).toMatchObject({
      status: 200,
      body: {
        eligible: true,
        serviceLevel: "silver",
        asset: { match: "own", sku: "GW-100" },
        stale: false,
      },
    });
    expect((await world.api("support", path("SN-0"))).body).toMatchObject({
      eligible: false,
      reason: "asset-unknown",
    });
    estate.erp.faults.next({ kind: "error", status: 503, times: "always", match: { path: "/" } });
    const later = await world.api("support", path(asset["serial"]));
    estate.erp.faults.clear();
    expect(later).toMatchObject({ status: 200, body: { eligible: true, asOf: own.body["asOf"] } });
  });

  test("each reader has its own view, and no other", async () => {
    const { deal, first } = await sold();
    const partner = await world.api("partner", `/v2/partner/orders/${deal.opportunityId}`);
    const finance = await world.api("finance", `/v1/finance/invoices/${first}`);
    expect(partner).toMatchObject({ status: 200, body: { subscription: { status: "active" } } });
    expect(JSON.stringify(partner.body)).not.toMatch(/total|amount|"net"|tax|cost|margin|4800/);
    expect(finance).toMatchObject({
      status: 200,
      body: { books: { status: "posted" }, billing: { net: "4800.00" } },
    });
    expect((await world.api("partner", `/v1/finance/invoices/${first}`)).status).toBe(403);
    // One process result, two projections: what it earns is for finance.
    const earned = await world.api("finance", `/v1/finance/orders/${deal.opportunityId}`);
    expect(earned).toMatchObject({
      status: 200,
      body: { total: "7760.00", cost: "2280.00", margin: "5480.00" },
    });
    expect(JSON.stringify(partner.body)).not.toMatch(/2280|5480/);
    const path = "/v1/finance/orders/nobody";
    expect(await world.api("finance", path)).toMatchObject({
      status: 404,
      body: { code: "order-unknown" },
    });
    expect((await world.api("partner", path)).status).toBe(403);
  });

  test("an older version answers as before, and says until when", async () => {
    const { deal } = await sold();
    const path = `partner/orders/${deal.opportunityId}`;
    const older = await world.api("partner", `/v1/${path}`);
    expect(older).toMatchObject({ status: 200, body: { status: "approved" } });
    expect(Object.keys(older.body)).toEqual(["number", "status"]);
    expect(older.headers.get("deprecation")).toBe(`@${Date.UTC(2026, 10, 1) / 1000}`);
    expect(older.headers.get("sunset")).toBe("Wed, 30 Jun 2027 23:59:59 GMT");
    expect(older.headers.get("link")).toBe(
      '</api/v2/partner/orders/{orderId}>; rel="successor-version"',
    );
    const newer = await world.api("partner", `/v2/${path}`);
    expect(newer.body).toMatchObject({ order: older.body });
    expect(newer.headers.get("deprecation")).toBeNull();
  });

  test("the description of the endpoints is OpenAPI 3.1, by another's reading", async () => {
    const { body } = await world.api("partner", "/openapi.json");
    const found = await new Validator().validate(structuredClone(body));
    expect(found.errors ?? []).toEqual([]);
    expect(found.valid).toBe(true);
    const { paths } = body as { paths: Record<string, { get: { deprecated?: boolean } }> };
    expect(paths["/api/v1/partner/orders/{orderId}"]?.get.deprecated).toBe(true);
    expect(paths["/api/v2/partner/orders/{orderId}"]?.get.deprecated).toBeUndefined();
    const broken = await new Validator().validate({ ...body, paths: { "/x": { get: {} }, y: 1 } });
    expect(broken.valid).toBe(false);
  });
});
