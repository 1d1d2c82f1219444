import { describe, expect, test } from "vitest";
import { type Deal, type Variation, variations } from "../../../../engine/testing/index.ts";
import { type Call, crmClient, erpClient, estateFor } from "./clients.ts";

const address = { country: "DE" };

/** Makes the customer and the order of a deal as an integration would; the ERP's refusals. */
async function refusalsOf(erp: Call, deal: Deal): Promise<readonly string[]> {
  const codes: string[] = [];
  const post = async (path: string, body: unknown) => {
    const answer = await erp("POST", path, body);
    if (answer.status !== 422) return answer.body;
    const { code, details } = answer.body.error;
    codes.push(...(details?.violations ?? [{ code }]).map((one) => one.code));
    return undefined;
  };
  const parent = deal.parentAccountId === null ? null : (deal.erpParent ?? "not there");
  const child = { name: "Child", currency: "EUR", parent, ship_to: address };
  const made = await post("/customers", child);
  const customer = deal.erpCustomer ?? made?.code ?? (await plainCustomer(erp));
  const order = {
    reference: deal.opportunityId,
    customer,
    currency: deal.currency,
    lines: deal.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      unit_price: line.unitPrice,
      discount_percent: line.discount,
      amount: line.amount,
    })),
    total: deal.total,
  };
  const payment_term = deal.paymentTerm.replace("Net ", "NET");
  const draft =
    (await post("/orders", { ...order, payment_term })) ?? (await post("/orders", order));
  await post(`/orders/${draft?.number}/confirm`, {});
  return codes;
}

async function plainCustomer(erp: Call): Promise<string> {
  const body = { name: "Plain", currency: "EUR", ship_to: address };
  return (await erp("POST", "/customers", body)).body.code;
}

const wantedVariations: readonly (readonly Variation[])[] = [
  [],
  ...variations.map((variation) => [variation]),
  ["credit-limit", "unavailable-part", "unknown-payment-term"],
  ["credit-hold", "missing-tax-jurisdiction", "child-without-parent"],
];

describe("a closed deal", () => {
  test("adds up to the cent in the CRM", async () => {
    const estate = await estateFor();
    const deal = estate.closeDeal({
      lines: [
        { sku: "SN-200", quantity: 7, discount: "12.5" },
        { sku: "SN-200", quantity: 3, discount: "33.33" },
        { sku: "IM-STD", quantity: 1, unitPrice: "1000.01" },
      ],
    });
    expect(deal.lines.map((line) => line.amount)).toEqual(["395.06", "129.01", "1000.01"]);
    expect(deal.total).toBe("1524.08");
    const crm = await crmClient(estate);
    const { body } = await crm("GET", `/sobjects/Opportunity/${deal.opportunityId}`);
    expect(body).toMatchObject({
      Amount: 1524.08,
      StageName: "Closed Won",
      AccountId: deal.accountId,
    });
  });

  test.each(wantedVariations.map((wanted) => ({ wanted })))(
    "that is $wanted is refused by the ERP for just what it says",
    async ({ wanted }) => {
      const estate = await estateFor();
      const deal = estate.closeDeal({ variations: wanted });
      const refusals = await refusalsOf(await erpClient(estate), deal);
      expect(new Set(refusals)).toEqual(new Set(deal.refusals));
      if (wanted.includes("above-threshold")) expect(Number(deal.total)).toBeGreaterThan(50_000);
    },
  );

  test("may be of a customer that the ERP does not know yet", async () => {
    const estate = await estateFor();
    const deal = estate.closeDeal({ customer: "new", hierarchy: "none" });
    expect(deal).toMatchObject({ erpCustomer: null, parentAccountId: null, refusals: [] });
  });

  test("that is left in negotiation is won later", async () => {
    const estate = await estateFor();
    const { opportunityId } = estate.closeDeal({ close: false });
    const stage = () => estate.crm.records.get("Opportunity", opportunityId)?.["StageName"];
    expect(stage()).toBe("Negotiation/Review");
    estate.winDeal(opportunityId);
    expect(stage()).toBe("Closed Won");
  });

  test("may be the second of its account, or of a second account of the same company", async () => {
    const estate = await estateFor();
    const first = estate.closeDeal();
    const second = estate.closeDeal({ accountId: first.accountId });
    expect(second).toMatchObject({
      accountId: first.accountId,
      erpCustomer: first.erpCustomer,
      parentAccountId: first.parentAccountId,
    });
    expect(second.opportunityId).not.toBe(first.opportunityId);
    const twin = estate.closeDeal({ sameCompanyAs: first.accountId });
    expect(twin).toMatchObject({ erpCustomer: null, parentAccountId: null });
    const [one, other] = [first, twin].map(({ accountId }) =>
      estate.crm.records.get("Account", accountId),
    );
    expect(other?.["Tax_Id__c"]).toBe(one?.["Tax_Id__c"]);
    expect(other?.["ShippingCity"]).toBe(one?.["ShippingCity"]);
    expect(other?.Id).not.toBe(one?.Id);
    expect(other?.["AccountNumber"]).not.toBe(one?.["AccountNumber"]);
  });
});
