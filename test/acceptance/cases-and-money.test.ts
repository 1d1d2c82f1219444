import { beforeAll, expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** What cases and payers do to an invoice, in any order, and what is told when the systems drift apart. */

let world: ReferenceWorld;
let business: Business;

const quicker: Readonly<Record<string, readonly [string, string]>> = {
  "flows/process/hold-check.yaml": ["every: 5m", "every: 300ms"],
  "flows/process/case-to-credit.yaml": ["claim.decided: 12h", "claim.decided: 1s"],
  "flows/process/invoice-publication.yaml": [
    "sla: { complete: 4h, milestones: { invoice.posted: 4h } }",
    "sla: { complete: 500ms, milestones: { invoice.posted: 500ms } }",
  ],
};

beforeAll(async () => {
  world = await ReferenceWorld.open((path, text) => {
    const [from, to] = quicker[path] ?? ["", ""];
    if (!text.includes(from)) throw new Error(`${path} lacks ${from}`);
    return text.replace(from, to);
  });
  business = await Business.of(world);
});

interface IssueRow {
  readonly flow: string;
  readonly sampleRunId: string;
  readonly code: string;
  readonly kind: string;
  readonly status: string;
  readonly title: string;
}
const issues = async () =>
  JSON.parse((await world.ask("issues", "--status", "any", "--json")).out) as readonly IssueRow[];

test("money for an invoice that finance posted in the ERP itself is in the books at once", async () => {
  const { estate } = world;
  const story = await business.sold();
  const work = await business.billWork(story);
  const ticket = estate.person.openTicket({
    subject: "Gateway is offline",
    priority: "urgent",
    accountId: story.deal.accountId,
    orderNumber: String(story.order["number"]),
  });
  const hold = { metadata: { hold: `case ${ticket.id}` } };
  await expect.poll(() => business.billed(work), soon).toMatchObject(hold);
  business.issue(work);
  await expect.poll(() => business.booked(work), soon).toMatchObject({ state: "draft" });
  estate.person.pay(work, "paid");
  await world.serving.engine.idle();
  expect(await business.booked(work)).toMatchObject({ state: "draft" });
  // Though the case is open: that is theirs to say.
  estate.person.postInvoice(work);
  await expect
    .poll(() => business.booked(work), soon)
    .toMatchObject({ state: "paid", open_amount: "0.00" });
  const number = String((await business.booked(work))?.["number"]);
  expect(business.effects("erp", "invoice.posted", number)).toBe(1);
});

test("a claim that was refused is credited once it was mended, and never twice", async () => {
  const { estate } = world;
  const { deal, first } = await business.sold();
  const { number } = await business.billed(first);
  const ticket = estate.person.openTicket({ subject: "A day lost", accountId: deal.accountId });
  // The newest first.
  const ends = async () => {
    const runs = await world.serving.store.read.runs({ flow: "case-to-credit", limit: 1_000 });
    const own = runs.filter(({ laneKey }) => laneKey === String(ticket.id));
    return own.map(({ error, status }) => error?.code ?? status);
  };
  const credits = async () => {
    const path = `/credit-memos?reference=case-${ticket.id}`;
    return (await business.rows(business.erp, path)).map(({ amount }) => amount);
  };
  estate.person.changeTicket(ticket.id, { claimAmount: "50.00", claimAccepted: true });
  await expect.poll(ends, soon).toEqual(["invoice-not-named"]);
  estate.person.changeTicket(ticket.id, { invoiceNumber: String(number) });
  await expect.poll(ends, soon).toEqual(["done", "invoice-not-named"]);
  expect(await credits()).toEqual(["50.00"]);

  estate.person.changeTicket(ticket.id, { claimAccepted: false });
  await world.estate.webhooks.idle();
  await world.serving.engine.idle();
  estate.person.changeTicket(ticket.id, { claimAmount: "60.00", claimAccepted: true });
  await expect.poll(ends, soon).toEqual(["credited-already", "done", "invoice-not-named"]);
  expect(await credits()).toEqual(["50.00"]);
});

test("a case that is opened again before the posting holds again, and the books are posted once", async () => {
  const { estate } = world;
  const story = await business.sold();
  const work = await business.billWork(story);
  const ticket = estate.person.openTicket({
    subject: "Gateway is offline",
    priority: "urgent",
    accountId: story.deal.accountId,
    orderNumber: String(story.order["number"]),
  });
  const hold = { metadata: { hold: `case ${ticket.id}` } };
  await expect.poll(() => business.billed(work), soon).toMatchObject(hold);
  estate.person.changeTicket(ticket.id, { status: "solved" });
  await expect.poll(() => business.billed(work), soon).not.toHaveProperty("metadata.hold");
  // Nothing is posted yet: billing had not issued it.
  expect(await business.booked(work)).toBeUndefined();
  estate.person.changeTicket(ticket.id, { status: "open" });
  await expect.poll(() => business.billed(work), soon).toMatchObject(hold);
  business.issue(work);
  await expect
    .poll(() => business.booked(work), soon)
    .toMatchObject({ state: "draft", dispute_status: "service-exception" });
  estate.person.changeTicket(ticket.id, { status: "solved" });
  await expect
    .poll(() => business.booked(work), soon)
    .toMatchObject({ state: "posted", dispute_status: "none" });
  const number = String((await business.booked(work))?.["number"]);
  expect(business.effects("erp", "invoice.posted", number)).toBe(1);
  expect(await business.billed(work)).not.toHaveProperty("metadata.hold");
});

test("a case about an order that the ERP has, and of which the answer is lost, holds its invoice", async () => {
  const { estate } = world;
  const confirmation = { method: "POST", pattern: "/confirm$" };
  estate.erp.faults.next({ kind: "drop-after-commit", match: confirmation, times: "always" });
  const deal = estate.closeDeal({
    lines: [
      { sku: "PL-ANNUAL", quantity: 1 },
      { sku: "IM-STD", quantity: 1 },
    ],
  });
  const story = await business.activated(deal);
  const work = await business.billWork(story);
  const [submission] = await world.serving.store.read.runs({ flow: "order-submission", limit: 1 });
  expect(submission?.laneKey).toBe(deal.opportunityId);
  expect(submission?.endedAt).toBeUndefined();
  const ticket = estate.person.openTicket({
    subject: "Gateway is offline",
    priority: "urgent",
    accountId: deal.accountId,
    orderNumber: String(story.order["number"]),
  });
  await expect
    .poll(() => business.billed(work), soon)
    .toMatchObject({ metadata: { hold: `case ${ticket.id}` } });
  estate.erp.faults.clear();
});

/** How often an account was told what became of one of its invoices. */
async function standings(accountId: string): Promise<number> {
  const runs = await world.serving.store.read.runs({ flow: "account-standing", limit: 1_000 });
  const own = runs.filter(({ laneKey }) => laneKey === accountId);
  return own.filter(({ endedAt }) => endedAt !== undefined).length;
}

test("a payment, its refund that is told before it, a failure and a chargeback are in the books once each", async () => {
  const { estate } = world;
  const { deal, first } = await business.sold();
  const total = Number((await business.billed(first))["total"]);
  const status = () => business.account(deal.accountId)["Receivables_Status__c"];
  const open = async () => (await business.booked(first))?.["open_amount"];
  const decimal = (cents: number) => (cents / 100).toFixed(2);

  estate.person.pay(first, "failed");
  await expect.poll(status, soon).toBe("overdue");
  estate.person.pay(first, "partial", 100_000);
  await expect.poll(open, soon).toBe(decimal(total - 100_000));
  // A part is no reason to call the rest in time: posted, failed, and now this were told.
  await expect.poll(async () => standings(deal.accountId), soon).toBe(3);
  expect(status()).toBe("overdue");
  // The webhook of the payment is late: that of its refund comes first, and waits.
  estate.billing.faults.next({ kind: "delay-webhook", match: { event: "charge.succeeded" } });
  estate.person.pay(first, "paid");
  estate.person.pay(first, "refunded", 2_500);
  await expect.poll(open, soon).toBe(decimal(2_500));
  estate.person.pay(first, "charged-back", 10_000);
  await expect.poll(status, soon).toBe("charged-back");
  expect(await open()).toBe(decimal(12_500));

  const number = String((await business.booked(first))?.["number"]);
  const receipts = await business.rows(business.erp, `/receipts?invoice=${number}`);
  expect(receipts.map(({ kind, amount }) => `${String(kind)} ${String(amount)}`)).toEqual([
    `failed ${decimal(total)}`,
    "payment 1000.00",
    `payment ${decimal(total - 100_000)}`,
    "refund 25.00",
    "chargeback 100.00",
  ]);
  expect(new Set(receipts.map(({ reference }) => reference)).size).toBe(5);
});

test("an account shows the worst of all its invoices, not the last that moved", async () => {
  const { estate } = world;
  const story = await business.sold([
    { sku: "PL-ANNUAL", quantity: 1 },
    { sku: "IM-STD", quantity: 1 },
    { sku: "IM-STD", quantity: 2 },
  ]);
  const { accountId } = story.deal;
  const account = () => {
    const { Dispute_Status__c: dispute, Receivables_Status__c: receivables } =
      business.account(accountId);
    return { dispute, receivables };
  };
  let moves = 0;
  /** What the account shows once so many more invoices of it moved, and all of that was told. */
  const after = async (more: number) => {
    moves += more;
    await expect.poll(async () => standings(accountId), soon).toBe(moves);
    return account();
  };
  expect((await after(1)).receivables).toBe("open");
  const works = await business.billEachWork(story);
  for (const work of works) business.issue(work);
  await after(2);
  const [one = "", two = ""] = works;
  estate.person.pay(story.first, "failed");
  expect((await after(1)).receivables).toBe("overdue");

  const numberOf = async (id: string) => String((await business.billed(id))["number"]);
  const ticketAbout = async (id: string) =>
    estate.person.openTicket({
      subject: "Gateway is offline",
      priority: "urgent",
      accountId,
      invoiceNumber: await numberOf(id),
    });
  const [ofOne, ofTwo] = [await ticketAbout(one), await ticketAbout(two)];
  expect((await after(2)).dispute).toBe("disputed");
  estate.person.changeTicket(ofOne.id, { status: "solved" });
  expect((await after(1)).dispute).toBe("disputed");
  estate.person.pay(one, "paid");
  expect((await after(1)).receivables).toBe("overdue");
  estate.person.changeTicket(ofTwo.id, { status: "solved" });
  expect((await after(1)).dispute).toBe("none");
  estate.person.pay(story.first, "paid");
  expect((await after(1)).receivables).toBe("open");

  // What a credit settles is owed no more.
  estate.person.pay(two, "partial", Number((await business.billed(two))["total"]) - 90_000);
  expect((await after(1)).receivables).toBe("open");
  estate.person.changeTicket(ofTwo.id, { claimAmount: "900.00", claimAccepted: true });
  expect((await after(1)).receivables).toBe("current");
});

test("a large claim that nobody decides is told before the time to answer is over", async () => {
  const { estate } = world;
  const { deal, first } = await business.sold();
  const invoiceNumber = String((await business.billed(first))["number"]);
  const about = { accountId: deal.accountId, invoiceNumber, subject: "A month without service" };
  const { id } = estate.person.openTicket(about);
  estate.person.changeTicket(id, { claimAmount: "1000.00", claimAccepted: true });
  const late = async () =>
    (await issues()).filter(({ flow, kind }) => flow === "case-to-credit" && kind === "late");
  await expect
    .poll(late, soon)
    .toMatchObject([{ code: "sla/milestone-late", status: "open", category: "critical" }]);
  const [task] = await world.serving.store.read.tasks({});
  expect(task).toMatchObject({ title: `Credit 1000.00 EUR on invoice ${invoiceNumber}?` });
  await world.serving.engine.choose(task?.id ?? "", { choice: "approve", by: "frida" });
  await expect.poll(late, soon).toMatchObject([{ status: "resolved" }]);
  await expect
    .poll(async () => business.rows(business.erp, `/credit-memos?reference=case-${id}`), soon)
    .toMatchObject([{ amount: "1000.00" }]);
});

test("a hold that somebody takes away in billing alone is an issue that names the invoice", async () => {
  const { estate } = world;
  const story = await business.sold();
  const work = await business.billWork(story);
  const ticket = estate.person.openTicket({
    subject: "Gateway is offline",
    priority: "urgent",
    accountId: story.deal.accountId,
    orderNumber: String(story.order["number"]),
  });
  const hold = { metadata: { hold: `case ${ticket.id}` } };
  await expect.poll(() => business.billed(work), soon).toMatchObject(hold);
  business.issue(work);
  await expect
    .poll(() => business.booked(work), soon)
    .toMatchObject({ dispute_status: "service-exception" });
  // Time flies here: between the hold and the dispute, two checks may have seen the other difference.
  const differ = async () =>
    (await issues()).find(
      ({ code, title }) => code === "holds-differ" && title.includes("is disputed in the ERP"),
    );
  expect(await differ()).toBeUndefined();
  await business.billing("POST", `/invoices/${work}`, { "metadata[hold]": "" });
  await expect.poll(differ, soon).toBeDefined();
  const sample = (await differ())?.sampleRunId ?? "";
  const { out } = await world.cli("runs", sample);
  expect(out).toContain(
    `${work} is disputed in the ERP (service-exception, case ${ticket.id}), and not held in billing`,
  );
});

test("an invoice that is not in the books in time breaks its promise, and is told with its name", async () => {
  const { estate } = world;
  const story = await business.sold();
  const { deal, subscription } = story;
  estate.erp.faults.next({ kind: "error", status: 503, times: "always", match: { path: "/post" } });
  const late = estate.person.bill({
    customer: String(subscription["customer"]),
    lines: [{ description: "Consulting", amount: 10_000 }],
    metadata: { order_id: deal.opportunityId, customer_id: deal.accountId, contract_id: "CT-1" },
  });
  const sla = async () => world.ask("sla", "--flow", "invoice-publication");
  await expect.poll(async () => (await sla()).code, soon).toBe(1);
  expect((await sla()).out).toContain(late.id);
  const told = async () =>
    (await issues()).filter(({ flow, kind }) => flow === "invoice-publication" && kind === "late");
  await expect.poll(told, soon).not.toEqual([]);
  estate.erp.faults.clear();
});
