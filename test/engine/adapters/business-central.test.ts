import { expect, test } from "vitest";
import type { JsonObject } from "../../../engine/model/json.ts";
import type { Row } from "./fakes/business-central/tables.ts";
import { textAt } from "./fakes/exchange.ts";
import type { CallOperation } from "./role.ts";
import { customerOf, openBusinessCentral } from "./vendors.ts";

const invoice = (invoiceId: string, day = "2026-12-01") => ({
  invoiceId,
  number: invoiceId,
  customerId: "001a",
  orderId: null,
  contractId: "CT-1",
  subscriptionId: "sub_1",
  milestoneId: null,
  currency: "USD",
  net: "100.00",
  tax: "19.05",
  total: "119.05",
  paid: "0.00",
  status: "open",
  hold: null,
  issuedOn: day,
  lines: [
    {
      lineId: "il_1",
      kind: "recurring",
      description: "Platform",
      sku: null,
      subscriptionId: "sub_1",
      net: "60.00",
      tax: "11.40",
    },
    {
      lineId: "il_2",
      kind: "other",
      description: "Work",
      sku: null,
      subscriptionId: null,
      net: "40.00",
      tax: "7.65",
    },
  ],
});

async function open() {
  const world = await openBusinessCentral();
  await world.call("createCustomer", customerOf("001a", "Globex", "US"));
  return world;
}

async function posted(call: CallOperation, id: string): Promise<void> {
  await call("createInvoice", invoice(id));
  await call("postInvoice", { invoiceId: id });
}

test("an invoice is carried with billing's tax, posted once, and found again by its own id", async () => {
  const { call, fake } = await open();
  const made = await call("createInvoice", invoice("in_aB"));
  expect(made).toMatchObject({
    invoiceId: "in_aB",
    status: "draft",
    total: "119.05",
    open: "119.05",
  });
  expect(await call("createInvoice", invoice("in_aB"))).toMatchObject({ erpId: made["erpId"] });
  expect(fake.tables["salesInvoices"]).toHaveLength(1);
  const shown = await call("postInvoice", { invoiceId: "in_aB" });
  expect(shown).toMatchObject({ status: "posted", erpId: made["erpId"], postedOn: "2026-12-01" });
  expect(shown["number"]).not.toBe(made["number"]);
  await call("postInvoice", { invoiceId: "in_aB" });
  expect(fake.count(/salesInvoices\(.*NAV\.post$/)).toBe(1);
  // A list's page holds two.
  for (const id of ["in_c", "in_d"]) await posted(call, id);
  await call("createInvoice", invoice("in_draft"));
  const { documents } = await call("listPosted", { day: "2026-12-01" });
  expect(documents).toEqual(
    ["in_aB", "in_c", "in_d"].map((invoiceId, index) => ({
      kind: "invoice",
      invoiceId,
      creditMemoId: null,
      number: fake.tables["salesInvoices"]?.[index]?.["number"],
      customerId: "001a",
      currency: "USD",
      net: "100.00",
      tax: "19.05",
      total: "119.05",
    })),
  );
  expect(await call("getInvoice", { invoiceId: "in_z" })).toMatchObject({
    status: "none",
    erpId: null,
  });
});

test("a closed period is waited for, and a record that people changed meanwhile is read anew", async () => {
  const { call, fake } = await open();
  fake.books.postingFrom = "2026-12-02";
  await call("createInvoice", invoice("in_1"));
  const posting = call("postInvoice", { invoiceId: "in_1" });
  await expect.poll(() => fake.count(/NAV\.post$/), { timeout: 10_000 }).toBeGreaterThan(1);
  expect(fake.tables["salesInvoices"]).toMatchObject([{ status: "Draft" }]);
  fake.books.postingFrom = "2000-01-01";
  expect(await posting).toMatchObject({ status: "posted" });

  const changed = "Another user has already changed the record.";
  fake.fail(/PATCH .*salesInvoices/, {
    status: 409,
    body: { error: { code: "Request_EntityChanged", message: changed } },
  });
  const about = { invoiceId: "in_1", status: "disputed", caseId: "5001" };
  expect(await call("disputeInvoice", about)).toMatchObject({
    dispute: "disputed",
    disputeCase: "5001",
  });
  expect(await call("disputeInvoice", { ...about, status: "none", caseId: null })).toMatchObject({
    dispute: "none",
    disputeCase: null,
  });
  await call("disputeInvoice", about);
  expect(fake.tables["disputeStatuses"]).toMatchObject([
    { code: "D5001", displayName: "disputed, case 5001" },
  ]);
});

test("money is booked once, in a journal of its own that is gone afterwards", async () => {
  const { call, fake } = await open();
  const payment = (paymentId: string, kind: string, amount: string) => ({
    paymentId,
    invoiceId: "in_1",
    customerId: "001a",
    kind,
    amount,
    currency: "USD",
    receivedOn: "2026-12-15",
  });
  await call("createInvoice", invoice("in_1"));
  expect(await call("recordPayment", payment("ch_1", "payment", "19.05"))).toMatchObject({
    class: "business",
    code: "invoice-not-posted",
  });
  await call("postInvoice", { invoiceId: "in_1" });
  expect(await call("recordPayment", payment("ch_1", "payment", "19.05"))).toMatchObject({
    status: "posted",
    open: "100.00",
  });
  expect(await call("recordPayment", payment("ch_1", "payment", "19.05"))).toMatchObject({
    open: "100.00",
  });
  expect(await call("recordPayment", payment("in_1:failed:1", "failed", "100.00"))).toMatchObject({
    open: "100.00",
  });
  expect(await call("recordPayment", payment("ch_2", "payment", "100.00"))).toMatchObject({
    status: "paid",
    open: "0.00",
  });
  const owed = { status: "posted", open: "10.01" };
  expect(await call("recordPayment", payment("re_1", "refund", "10.01"))).toMatchObject(owed);
  expect(await call("getInvoice", { invoiceId: "in_1" })).toMatchObject(owed);
  expect(fake.books.owes(textAt(fake.tables["customers"]?.[0] ?? {}, "id"))).toBe(10.01);
  expect(fake.tables["customerPaymentJournals"]).toEqual([]);
  expect(fake.tables["journals"]).toMatchObject([{ code: "REVENUE" }]);
  const money = fake.tables["generalLedgerEntries"]?.filter(
    ({ documentType }) => documentType === "Payment",
  );
  expect(money?.map(({ documentNumber }) => documentNumber)).toEqual(["CH_1", "CH_2", "RE_1"]);
  expect(await call("recordPayment", payment("ch_3", "payment", "1.00"))).not.toHaveProperty(
    "code",
  );
});

test("a credit memo lessens its invoice once, and never by more than is left", async () => {
  const { call, fake } = await open();
  await posted(call, "in_1");
  const memo = (creditMemoId: string, amount: string) => ({
    creditMemoId,
    invoiceId: "in_1",
    caseId: "5001",
    amount,
    currency: "USD",
    reason: "Gateway was offline",
  });
  const first = await call("createCreditMemo", memo("case-5001", "100.00"));
  expect(first).toMatchObject({ amount: "100.00", currency: "USD" });
  expect(await call("createCreditMemo", memo("case-5001", "100.00"))).toEqual(first);
  expect(await call("createCreditMemo", memo("case-5002", "19.06"))).toMatchObject({
    class: "business",
    code: "amount-too-high",
  });
  await call("createCreditMemo", { ...memo("case-5003", "19.05"), issuedOn: "2026-12-01" });
  expect(fake.tables["salesCreditMemos"]).toHaveLength(2);
  expect(await call("getInvoice", { invoiceId: "in_1" })).toMatchObject({
    status: "paid",
    open: "0.00",
  });
  // The day's documents: its invoice and what it was lessened by, on the day that billing has.
  const { documents } = await call("listPosted", { day: "2026-12-01" });
  expect(documents).toMatchObject([
    { kind: "invoice", invoiceId: "in_1", total: "119.05" },
    { kind: "credit-memo", invoiceId: "in_1", creditMemoId: "case-5003", total: "-19.05" },
  ]);
  // One that people make of billing's invoice names nothing, and is told by its number.
  const [{ id = null, customerId = null } = {}] = fake.tables["salesInvoices"] ?? [];
  fake.tables["salesCreditMemos"]?.push({
    id: "by-hand",
    number: "PS-CR9",
    externalDocumentNumber: "",
    invoiceId: id,
    customerId,
    currencyCode: "USD",
    status: "Open",
    postingDate: "2026-12-02",
    totalAmountIncludingTax: 3,
  });
  expect(await call("listPosted", { day: "2026-12-02" })).toMatchObject({
    documents: [{ creditMemoId: "PS-CR9", number: "PS-CR9", customerId: "001a", total: "-3.00" }],
  });
});

test("a year's revenue adds up to the cent; an amended total is spread over the months that are left", async () => {
  const { call, fake } = await open();
  const schedule = {
    orderId: "006x",
    subscriptionId: "sub_1",
    startsOn: "2026-12-31",
    months: 12,
    total: "100.00",
    currency: "USD",
  };
  const expected = {
    status: "active",
    startsOn: "2026-12-31",
    months: 12,
    total: "100.00",
    currency: "USD",
  };
  expect(await call("setRevenueSchedule", schedule)).toMatchObject(expected);
  const journal = fake.tables["journals"]?.[0]?.["lines"] as unknown as Record<
    string,
    number | string
  >[];
  expect(journal.map(({ postingDate }) => postingDate).slice(0, 4)).toEqual([
    "2026-12-31",
    "2027-01-31",
    "2027-02-28",
    "2027-03-31",
  ]);
  expect(new Set(journal.map(({ amount }) => amount))).toEqual(new Set([8.33, 8.34]));
  await call("setRevenueSchedule", schedule);
  expect([journal.length, fake.count(/POST .*journalLines$/)]).toEqual([12, 12]);
  // Finance posts two months by hand.
  const rest = journal.splice(0);
  fake.books.postJournal(rest.splice(0, 2));
  journal.push(...rest);
  expect(await call("setRevenueSchedule", { ...schedule, total: "160.00" })).toMatchObject({
    ...expected,
    total: "160.00",
  });
  expect(journal.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0)).toBe(
    16_000 - 833 - 834,
  );
  expect(await call("getRevenueSchedule", { orderId: "006x" })).toMatchObject({
    total: "160.00",
    months: 12,
  });
  // From the fifth month on it is more: what began before stays as it is, posted or not.
  const until = () => journal.filter(({ postingDate }) => String(postingDate) < "2027-04-30");
  const stood = structuredClone(until());
  expect(stood).toHaveLength(2);
  const more = { ...schedule, total: "200.00", changesOn: "2027-04-30" };
  const changed = await call("setRevenueSchedule", more);
  expect(changed).toMatchObject({ ...expected, total: "200.00" });
  expect(until()).toEqual(stood);
  const entries = changed["entries"] as readonly { startsOn: string; amount: string }[];
  expect(entries.slice(0, 5)).toEqual([
    { startsOn: "2026-12-31", amount: "8.33" },
    { startsOn: "2027-01-31", amount: "8.34" },
    ...stood.map(({ postingDate, amount }) => ({
      startsOn: postingDate,
      amount: Number(amount).toFixed(2),
    })),
    { startsOn: "2027-04-30", amount: expect.stringMatching(/^19\./) as string },
  ]);
  // Ended with its fourth month.
  const sum = entries
    .slice(0, 4)
    .reduce((cents, { amount }) => cents + Math.round(Number(amount) * 100), 0);
  const end = { ...more, months: 4, total: (sum / 100).toFixed(2) };
  expect(await call("setRevenueSchedule", end)).toMatchObject({ months: 4, total: end.total });
  expect(journal).toEqual(stood);
  expect(await call("endRevenueSchedule", { orderId: "006x" })).toMatchObject({
    status: "none",
    total: null,
  });
  expect(journal).toEqual([]);
  const other = await call("setRevenueSchedule", { ...schedule, currency: "EUR" });
  expect(other).toMatchObject({ class: "business", code: "currency-differs" });
});

test("the milestones of an order are found by the number that people write down, in any case", async () => {
  const { call, fake } = await open();
  const about = { orderNumber: "S-ORD101001", invoiceReference: "in_1", status: "Open" };
  const task = { ...about, id: "t-1", displayName: "Go-live", billable: true };
  fake.tables["projectMilestones"]?.push(task, { ...task, id: "t-2", orderNumber: "S-ORD101002" });
  const asked = { orderId: null, orderNumber: "s-ord101001" };
  expect(await call("getMilestones", asked)).toEqual({
    orderId: null,
    milestones: [
      {
        milestoneId: "t-1",
        orderId: null,
        name: "Go-live",
        billable: true,
        invoiceId: "in_1",
        status: "Open",
      },
    ],
  });
});

const order = {
  orderId: "006rollout",
  opportunityId: "006rollout",
  customerId: "001a",
  contractId: null,
  currency: "USD",
  paymentTerms: "NET30",
  orderedOn: "2026-11-20",
  total: "300.00",
  lines: [
    {
      lineId: "00k1",
      sku: "GATEWAY",
      quantity: "3",
      unitPrice: "100.00",
      discountPercent: null,
      netUnitPrice: "100.00",
      amount: "300.00",
    },
  ],
};

test("an order that was invoiced is gone there, and stands by its invoices: it is made no second time", async () => {
  const { call, fake } = await open();
  const { salesOrders = [], salesInvoices = [] } = fake.tables;
  const made = await call("createOrder", order);
  const [there = {}] = salesOrders;
  fake.release(there);
  // In three shares, which is more than a page; an invoice of billing's is none of the order's.
  await call("createInvoice", invoice("in_1"));
  fake.invoice(there, 100);
  fake.invoice(there, 100);
  const standing = { ...made, status: "approved" };
  expect(await call("getOrder", { orderId: "006rollout" })).toEqual(standing);
  fake.invoice(there);
  expect(salesOrders).toEqual([]);
  expect(await call("getOrder", { orderId: "006rollout" })).toEqual(standing);
  expect(await call("createOrder", order)).toEqual(standing);
  expect(await call("createOrder", { ...order, total: "200.00" })).toMatchObject({
    class: "business",
    code: "erp-total-differs",
  });
  expect(salesOrders).toEqual([]);
  expect(await call("getOrder", { orderId: "006other" })).toMatchObject({ status: "unknown" });

  // Finance cancelled all of it: what is won again is an order of its own.
  for (const row of salesInvoices)
    if (row["orderId"] !== undefined) fake.touch(row, { status: "Canceled" });
  expect(await call("getOrder", { orderId: "006rollout" })).toMatchObject({ status: "unknown" });
  const anew = await call("createOrder", order);
  expect(anew["number"]).not.toBe(made["number"]);
  expect(salesOrders).toHaveLength(1);
});

test("an invoice of ours that people post there is told once, by its own id; drafts and others' are not", async () => {
  const { call, fake, serving } = await openBusinessCentral((text) =>
    text.replaceAll(/every: \d+[sm]$/gm, "every: 100ms"),
  );
  await call("createCustomer", customerOf("001a", "Globex", "US"));
  const told = async () => {
    const rows = await serving.store.read.messages({ type: "erp.invoice.posted", limit: 100 });
    const all = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
    return all.map((row) => textAt(row?.message.data as JsonObject, "invoiceId")).toSorted();
  };
  /** The poll looked through all of it twice more. */
  const looked = async () => {
    const looks = () => fake.count(/GET .*\/salesInvoices$/);
    const before = looks();
    await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(before + 8);
  };
  const post = (row: Row) => {
    fake.books.postInvoice(row);
    fake.touch(row, {});
  };
  const { salesInvoices = [], salesOrders = [] } = fake.tables;
  for (const id of ["in_aB", "in_c", "in_gone", "in_draft"])
    await call("createInvoice", invoice(id));
  await call("createOrder", order);
  fake.invoice(salesOrders[0] ?? {});
  const [first = {}, second = {}, gone = {}] = salesInvoices;
  fake.touch(gone, { status: "Canceled" });
  await looked();
  expect(await told()).toEqual([]);

  post(first);
  await expect.poll(told, { timeout: 10_000 }).toEqual(["in_aB"]);
  post(second);
  // Paid afterwards: it changed, and is no news of its posting.
  fake.touch(first, { status: "Paid", remainingAmount: 0 });
  await expect.poll(told, { timeout: 10_000 }).toEqual(["in_aB", "in_c"]);
  await looked();
  expect(await told()).toEqual(["in_aB", "in_c"]);
});

test("a customer of ours that people rename there is told once a change, by its own id; others' are not", async () => {
  const { call, fake, serving } = await openBusinessCentral((text) =>
    text.replaceAll(/every: \d+[sm]$/gm, "every: 100ms"),
  );
  const made = await call("createCustomer", customerOf("001a", "Globex", "US"));
  const told = async () => {
    const rows = await serving.store.read.messages({ type: "erp.customer.changed", limit: 100 });
    const all = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
    return all.map((row) => row?.message.data);
  };
  const ours = { customerId: "001a", erpId: made["erpId"] };
  // Our own making may be told, or lies before the first look.
  const { customers = [] } = fake.tables;
  const before = (await told()).length;
  fake.touch(customers[0] ?? {}, { displayName: "Globex Holding" });
  customers.push({ id: "theirs", number: "T-1", displayName: "Theirs" });
  fake.touch(customers.at(-1) ?? {}, {});
  await expect.poll(async () => (await told()).length, { timeout: 10_000 }).toBeGreaterThan(before);
  const looks = () => fake.count(/GET .*\/customers$/);
  const seen = looks();
  await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(seen + 4);
  const all = await told();
  expect(all.every((one) => JSON.stringify(one) === JSON.stringify(ours))).toBe(true);
  expect(all.length).toBeLessThanOrEqual(2);
  expect(await call("getCustomer", { customerId: "001a" })).toMatchObject({
    name: "Globex Holding",
  });
});
