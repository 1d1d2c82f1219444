import { expect, test } from "vitest";
import { Chargebee } from "./fakes/chargebee/chargebee.ts";
import { openRole } from "./role.ts";

const subscription = {
  orderId: "006x",
  customerId: "001a",
  billTo: {
    name: "Globex",
    email: null,
    street: null,
    city: null,
    region: null,
    postalCode: null,
    country: "DE",
  },
  plan: "platform-annual",
  quantity: 1,
  unitPrice: "4800.00",
  termMonths: 12,
  startsOn: "2026-01-01",
  endsOn: "2027-01-01",
  contractId: "CT-1",
  currency: "EUR",
};

async function open() {
  const fake = new Chargebee();
  const { call } = await openRole({
    role: "billing",
    adapter: "chargebee",
    fake,
    env: (url) => ({ CHARGEBEE_URL: url }),
    secrets: Chargebee.secrets,
  });
  await call("ensureCustomer", subscription);
  await call("createSubscription", subscription);
  const [first] = fake.billed.invoices.rows.values();
  if (first === undefined) throw new Error("nothing was billed");
  return { call, fake, first };
}

test("a held invoice asks the customer no more, says why, and goes on when it is let go", async () => {
  const { call, fake, first } = await open();
  const invoiceId = first.id;
  expect(await call("getInvoice", { invoiceId: null, number: invoiceId })).toMatchObject({
    invoiceId,
    orderId: "006x",
    contractId: "CT-1",
    net: "4800.00",
    tax: "912.00",
    hold: null,
  });
  expect(await call("holdInvoice", { invoiceId, reason: "case 1" })).toMatchObject({
    hold: "case 1",
  });
  expect(first["expected_payment_date"]).toBeGreaterThan(Date.now() / 1000);
  expect(await call("holdInvoice", { invoiceId, reason: "case 1, 2" })).toMatchObject({
    hold: "case 1, 2",
  });
  expect(fake.count(/pause_dunning$/)).toBe(1);
  expect(await call("releaseInvoice", { invoiceId })).toMatchObject({ hold: null });
  expect(first["expected_payment_date"]).toBeUndefined();
  await call("releaseInvoice", { invoiceId });
  expect(fake.count(/resume_dunning$/)).toBe(1);
  fake.billed.pay(invoiceId, Number(first["amount_due"]), "success");
  expect(await call("holdInvoice", { invoiceId, reason: "case 1" })).toMatchObject({
    code: "invoice-not-collectable",
  });
  expect(await call("getInvoice", { invoiceId: "9", number: null })).toMatchObject({
    code: "invoice-missing",
  });
});

test("a credit note is given once, never for more than is left, and taken back", async () => {
  const { call, fake, first } = await open();
  const memo = (creditMemoId: string, amount: string) => ({
    creditMemoId,
    invoiceId: first.id,
    caseId: "5001",
    amount,
    currency: "EUR",
    reason: "Gateway was offline",
  });
  const note = await call("createCreditNote", memo("case-1", "712.00"));
  expect(note).toMatchObject({ amount: "712.00", currency: "EUR" });
  expect(await call("createCreditNote", memo("case-1", "712.00"))).toEqual(note);
  expect(await call("createCreditNote", memo("case-2", "5000.01"))).toMatchObject({
    class: "business",
    code: "amount-too-high",
  });
  await call("voidCreditNote", memo("case-1", "712.00"));
  await call("voidCreditNote", memo("case-1", "712.00"));
  expect([...fake.billed.creditNotes.rows.values()]).toMatchObject([{ status: "voided" }]);
  // Of the day's documents, what is void is none; one that people make is told by its own number.
  fake.billed.credit({ reference_invoice_id: first.id, type: "adjustment", total: "1001" });
  fake.billed.act(first.id, "void", {});
  const day = new Date().toISOString().slice(0, 10);
  const total = { customerId: "001a", currency: "EUR" };
  expect((await call("listIssued", { day }))["documents"]).toMatchObject([
    { ...total, kind: "invoice", invoiceId: first.id, total: "5712.00" },
    { ...total, kind: "credit-memo", creditMemoId: "CN-2", number: "CN-2", total: "-10.01" },
    { ...total, kind: "credit-memo", creditMemoId: `void-${first.id}`, total: "-5701.99" },
  ]);
  first["status"] = "payment_due";
  fake.billed.voidCredit("CN-2");
  // What was taken back is left again.
  expect(await call("createCreditNote", memo("case-2", "5000.01"))).toMatchObject({
    amount: "5000.01",
  });
});

test("usage is billed once a month, also where the answer is lost", async () => {
  const { call, fake } = await open();
  const line = {
    usageId: "u-1",
    description: "Messages",
    quantity: "1250",
    unitPrice: "0.02",
    amount: "25.00",
  };
  const bill = {
    statement: {
      orderId: "006x",
      period: "2026-11",
      currency: "EUR",
      lines: [line, { ...line, usageId: "u-2", amount: "4.01" }],
    },
    customerId: "001a",
    contractId: "CT-1",
    subscriptionId: "006x",
  };
  fake.fail(/create_for_charge_items_and_charges$/, "drop");
  const made = await call("chargeUsage", bill);
  expect(made).toMatchObject({
    net: "29.01",
    lines: [
      { kind: "usage", net: "25.00" },
      { kind: "usage", net: "4.01" },
    ],
  });
  expect(await call("chargeUsage", bill)).toMatchObject({ invoiceId: made["invoiceId"] });
  const next = { ...bill, statement: { ...bill.statement, period: "2026-12" } };
  expect((await call("chargeUsage", next))["invoiceId"]).not.toBe(made["invoiceId"]);
  expect(fake.billed.invoices.rows.size).toBe(3);
  // A page of the day's list holds two.
  const day = new Date().toISOString().slice(0, 10);
  expect((await call("listIssued", { day }))["documents"]).toHaveLength(3);
  // Nothing is held, and nothing was issued then: an empty list is an answer, too.
  expect(await call("listHeld", {})).toEqual({ invoices: [] });
  expect((await call("listIssued", { day: "2001-01-01" }))["documents"]).toEqual([]);
});

test("money says what it is for; what is for several invoices is for people", async () => {
  const { call, fake, first } = await open();
  const total = Number(first["amount_due"]);
  fake.billed.pay(first.id, total, "failure");
  fake.billed.pay(first.id, total, "success");
  fake.billed.refund(first.id, 1_001);
  const [failed, paid, refunded] = [...fake.billed.transactions.rows.keys()];
  const payment = async (kind: string, id = "") =>
    call("getPayment", { paymentId: id, kind, sourceId: id });
  const about = { invoiceId: first.id, customerId: "001a", currency: "EUR" };
  expect(await payment("failed", failed)).toMatchObject({
    ...about,
    kind: "failed",
    amount: "5712.00",
  });
  expect(await payment("payment", paid)).toMatchObject({
    ...about,
    kind: "payment",
    amount: "5712.00",
  });
  expect(await payment("refund", refunded)).toMatchObject({
    ...about,
    kind: "refund",
    amount: "10.01",
  });
  fake.billed.transactions.add({
    id: "txn_2",
    amount: 2,
    date: 1,
    currency_code: "EUR",
    linked_invoices: [{ invoice_id: "1" }, { invoice_id: "2" }],
  });
  expect(await payment("payment", "txn_2")).toMatchObject({
    class: "business",
    code: "several-invoices",
  });
});

test("what was agreed is charged, also where it is not what the list says", async () => {
  const { call, fake } = await open();
  const billed = () => [...fake.billed.invoices.rows.values()].at(-1);
  const agreed = { ...subscription, orderId: "006y", quantity: 5, unitPrice: "4560.00" };
  await call("createSubscription", agreed);
  expect(await call("getSubscription", { orderId: "006y" })).toMatchObject({
    plan: "platform-annual",
    quantity: 5,
    unitPrice: "4560.00",
    amount: "22800.00",
  });
  expect(billed()).toMatchObject({ sub_total: 2_280_000 });
  expect(fake.forms.at(-1)).toMatchObject({ "subscription_items[unit_price][0]": "456000" });
  // At the list price nothing is overridden.
  expect(Object.keys(fake.forms.find((form) => form["id"] === "006x") ?? {})).not.toContain(
    "subscription_items[unit_price][0]",
  );
  const thirds = { ...subscription, orderId: "006z", quantity: 3, unitPrice: "4666.66333333" };
  await call("createSubscription", thirds);
  expect(await call("getSubscription", { orderId: "006z" })).toMatchObject({
    unitPrice: "4666.66333333",
    amount: "13999.99",
  });
  const change = {
    orderId: "006y",
    subscriptionId: "006y",
    plan: "platform-annual",
    quantity: 8,
    unitPrice: "4320.00",
    endsOn: "2027-01-01",
    prorate: false,
  };
  expect(await call("changeSubscription", change)).toMatchObject({
    quantity: 8,
    unitPrice: "4320.00",
    amount: "34560.00",
  });
  expect(fake.forms.at(-1)).toMatchObject({ prorate: "false" });
});

test("a subscription becomes another plan, and keeps whose it is", async () => {
  const { call } = await open();
  const change = {
    orderId: "006x",
    subscriptionId: "006x",
    plan: "platform-plus-annual",
    quantity: 2,
    unitPrice: "9600.00",
    endsOn: "2028-01-01",
    prorate: true,
  };
  const expected = {
    plan: "platform-plus-annual",
    quantity: 2,
    unitPrice: "9600.00",
    amount: "19200.00",
    endsOn: "2028-01-01",
    contractId: "CT-1",
    customerId: "001a",
    status: "active",
  };
  expect(await call("changeSubscription", change)).toMatchObject(expected);
  expect(await call("getSubscription", { orderId: "006x" })).toMatchObject(expected);
  expect(await call("changeSubscription", { ...change, plan: "no-such" })).toMatchObject({
    code: "plan-unknown",
  });
  expect(await call("getSubscription", { orderId: "none" })).toMatchObject({
    status: "none",
    subscriptionId: null,
  });
});
