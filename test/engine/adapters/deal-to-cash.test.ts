import { expect, test, vi } from "vitest";
import { type Estate, openEstate } from "./estate.ts";

const company = {
  name: "O'Neill & Sons",
  legal_name: "O'Neill & Sons Inc.",
  tax_id: "12-3456789",
  domain: "oneill.example",
  phone: "",
  billing_email: "ap@oneill.example",
  customer_tier: "gold",
  hs_parent_company_id: null,
  address: "12 Harbor Way",
  city: "Oakland",
  state: "CA",
  zip: "94607",
  country: "US",
  shipping_street: null,
  shipping_city: null,
  shipping_state: null,
  shipping_zip: null,
  shipping_country: null,
  erp_customer_code: null,
  billing_customer_id: null,
  support_organization_id: null,
  hs_lastmodifieddate: "2026-11-20T09:30:00.123Z",
};
const deal = {
  dealname: "Rollout",
  amount: "8094.73",
  deal_currency_code: "USD",
  dealstage: "closedwon",
  hs_is_closed_won: "true",
  hs_is_closed: "true",
  closedate: "2026-11-20T17:00:00Z",
  payment_terms: "Net 30",
  contract_number: "CT-2041",
  subscription_plan: "platform-annual",
  subscription_term_months: "12",
  service_start_date: "2026-12-01",
  hs_lastmodifieddate: "2026-11-20T09:30:00.123Z",
  erp_order_number: null,
  integration_status: null,
  integration_message: null,
};
const line = (
  sku: string,
  quantity: string,
  price: string,
  amount: string,
  discount: string | null,
) => ({
  hs_sku: sku,
  name: sku,
  quantity,
  price,
  amount,
  hs_discount_percentage: discount,
});

async function openDeal(): Promise<Estate> {
  const estate = await openEstate();
  const plan = { id: "i-3", number: "PL-ANNUAL", type: "Service", inventory: 0 };
  estate.erp.tables["items"]?.push(plan);
  estate.crm.companies.set("95", { id: "95", properties: { ...company } });
  estate.crm.deals.set("215", {
    id: "215",
    properties: { ...deal },
    history: { dealstage: [{ value: "closedwon", timestamp: "2026-11-20T09:29:58.000Z" }] },
    associations: {
      companies: [
        { id: "94", type: "deal_to_company_unlabeled" },
        { id: "95", type: "deal_to_company" },
      ],
      line_items: [
        { id: "511", type: "deal_to_line_item" },
        { id: "512", type: "deal_to_line_item" },
        { id: "513", type: "deal_to_line_item" },
      ],
    },
  });
  estate.crm.lineItems.set("511", {
    id: "511",
    properties: line("GATEWAY", "3", "899", "2494.725", "7.5"),
  });
  estate.crm.lineItems.set("512", {
    id: "512",
    properties: line("SETUP", "1", "400", "400", null),
  });
  estate.crm.lineItems.set("513", {
    id: "513",
    properties: line("PL-ANNUAL", "2", "2600", "5200", null),
  });
  return estate;
}

const event = (id: number, subscriptionType: string, objectId: number, more = {}) => ({
  eventId: id,
  subscriptionId: 1,
  portalId: 2,
  appId: 4711,
  occurredAt: 1_795_167_000_000 + id,
  subscriptionType,
  attemptNumber: 0,
  objectId,
  changeSource: "CRM_UI",
  ...more,
});

async function tell(estate: Estate, events: readonly ReturnType<typeof event>[]): Promise<number> {
  const path = "/webhooks/hubspot/events";
  return estate.post(path, estate.crm.post(`${estate.serving.url}${path}`, events, Date.now()));
}

const soon = { timeout: 12_000, interval: 25 };
const status = ({ crm }: Estate) => crm.deals.get("215")?.properties["integration_status"];
const orders = ({ erp }: Estate) => erp.tables["salesOrders"] ?? [];

test(
  "a deal won in HubSpot becomes one order in Business Central and one subscription in Chargebee",
  { timeout: 60_000 },
  async () => {
    const estate = await openDeal();
    const { billing, crm, erp, support } = estate;
    // Throttled, answers lost after they took effect, a token endpoint that is away: all at once.
    crm.fail(/GET .*\/deals\/215/, {
      status: 429,
      body: { status: "error", message: "limit", policyName: "SECONDLY", category: "RATE_LIMITS" },
      headers: { "retry-after": "1" },
    });
    erp.fail(/POST .*token/, { status: 503 });
    erp.fail(/POST .*\/customers$/, "drop");
    erp.fail(/POST .*\/salesOrders$/, "drop");
    billing.fail(/POST .*subscription_for_items/, "drop");
    const events = [
      event(1, "deal.propertyChange", 215),
      event(2, "deal.propertyChange", 215, { changeSource: "INTEGRATION", sourceId: "4711" }),
      event(3, "contact.creation", 7),
    ];
    expect(await tell(estate, events)).toBe(200);
    expect(await tell(estate, events)).toBe(200);
    await vi.waitFor(() => expect(status(estate)).toBe("ordered"), soon);
    const [order] = orders(estate);
    expect(orders(estate)).toHaveLength(1);
    expect(order).toMatchObject({
      externalDocumentNumber: "215",
      paymentTermsId: "t-NET30",
      totalAmountExcludingTax: 8094.73,
    });
    expect(order?.["salesOrderLines"]).toMatchObject([
      { lineType: "Comment", description: "Contract CT-2041" },
      { lineType: "Item", lineObjectNumber: "GATEWAY" },
      { lineType: "Item", lineObjectNumber: "SETUP" },
      { lineType: "Item", lineObjectNumber: "PL-ANNUAL" },
    ]);
    expect(crm.deals.get("215")?.properties["erp_order_number"]).toBe(order?.["number"]);
    expect(erp.tables["customers"]).toMatchObject([
      { number: "95", displayName: "O'Neill & Sons" },
    ]);

    // People release it, and that is what billing waits for.
    if (order !== undefined) erp.touch(order, { status: "Open", lastModifiedDateTime: null });
    if (order !== undefined) order["lastModifiedDateTime"] = new Date().toISOString();
    await vi.waitFor(() => expect(billing.subscriptions.rows.size).toBe(1), soon);
    expect(billing.forms.at(-1)).toMatchObject({
      id: "215",
      "subscription_items[item_price_id][0]": "platform-annual-USD",
      "subscription_items[quantity][0]": "2",
      "subscription_items[unit_price][0]": "260000",
    });
    const started = billing.started("215", Date.now());
    expect(
      await estate.post("/webhooks/chargebee/events", {
        ...started,
        headers: { ...started.headers, authorization: "Basic eDp5" },
      }),
    ).toBe(401);
    expect(await estate.post("/webhooks/chargebee/events", started)).toBe(202);
    await vi.waitFor(
      () => expect(crm.companies.get("95")?.properties["support_organization_id"]).toBe("9001"),
      soon,
    );
    expect(support.organizations.size).toBe(1);
    // Looked up after the lost answer, not sent again; Chargebee knows its key.
    expect([erp.count(/POST .*\/customers$/), erp.count(/POST .*\/salesOrders$/)]).toEqual([1, 1]);
    expect(billing.count(/POST .*subscription_for_items/)).toBe(2);
    expect(crm.companies.get("95")?.properties).toMatchObject({
      erp_customer_code: erp.tables["customers"]?.[0]?.["id"],
      billing_customer_id: "95",
    });
    expect(estate.log.join("\n")).not.toMatch(/canary|hubspot-secret|hook-password/);
  },
);

test(
  "a customer that people change at the same moment is read again before it is written",
  { timeout: 60_000 },
  async () => {
    const estate = await openDeal();
    const { crm, erp } = estate;
    await tell(estate, [event(1, "company.creation", 95)]);
    await vi.waitFor(() => expect(erp.tables["customers"]).toHaveLength(1), soon);
    await vi.waitFor(
      () => expect(crm.companies.get("95")?.properties["erp_customer_code"]).not.toBeNull(),
      soon,
    );
    const changed = { city: "Reno", hs_lastmodifieddate: "2026-11-21T09:30:00.000Z" };
    const row = crm.companies.get("95");
    if (row !== undefined) row.properties = { ...row.properties, ...changed };
    erp.fail(/PATCH .*\/customers/, {
      status: 412,
      body: {
        error: {
          code: "Request_EntityChanged",
          message: "Another user has already changed the record.",
        },
      },
    });
    await tell(estate, [event(2, "company.propertyChange", 95)]);
    await vi.waitFor(() => expect(erp.tables["customers"]?.[0]?.["city"]).toBe("Reno"), soon);
    const asked = erp.asked
      .filter((name) => name.endsWith("(customers-1)"))
      .map((name) => name.split(" ")[0]);
    // What the next step reads may be asked for before we look, and whoever hears of the change reads it, too.
    const turns = asked.filter((name, at) => name !== asked[at - 1]);
    const written = turns.slice(0, turns.lastIndexOf("PATCH") + 1);
    expect(written.slice(-4)).toEqual(["GET", "PATCH", "GET", "PATCH"]);
  },
);

test("a deal that must not become an order says why on the deal", { timeout: 60_000 }, async () => {
  const estate = await openDeal();
  const row = estate.crm.deals.get("215");
  if (row !== undefined) row.properties = { ...row.properties, payment_terms: "Net 45" };
  const elsewhere = estate.crm.post("https://elsewhere.example.com/", [], Date.now());
  expect(await estate.post("/webhooks/hubspot/events", elsewhere)).toBe(401);
  await tell(estate, [event(1, "deal.propertyChange", 215)]);
  await vi.waitFor(() => expect(status(estate)).toBe("refused"), soon);
  expect(row?.properties["integration_message"]).toContain("payment terms Net 45");
  expect(orders(estate)).toEqual([]);
  // Told of once more it is the same win; mended and won again it is another one.
  await tell(estate, [event(2, "deal.propertyChange", 215)]);
  await estate.serving.engine.idle();
  expect(orders(estate)).toEqual([]);
  if (row === undefined) throw new Error("the deal is gone");
  row.properties = { ...row.properties, payment_terms: "Net 30" };
  row.history?.["dealstage"]?.unshift(
    { value: "closedwon", timestamp: "2026-11-23T10:00:00.000Z" },
    { value: "contractsent", timestamp: "2026-11-22T10:00:00.000Z" },
  );
  await tell(estate, [event(3, "deal.propertyChange", 215)]);
  await vi.waitFor(() => expect(status(estate)).toBe("ordered"), soon);
  expect(orders(estate)).toHaveLength(1);
});
