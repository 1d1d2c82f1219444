import { expect } from "vitest";
import type { BilledInvoice, Line, Sides, Sold } from "./sides.ts";

const soon = { timeout: 30_000, interval: 20 };

const lines: readonly Line[] = [
  { sku: "PL-ANNUAL", quantity: 1, price: "4800.00", name: "Platform, annual" },
  { sku: "IM-STD", quantity: 1, price: "1180.00", name: "Implementation day" },
  { sku: "GW-100", quantity: 2, price: "890.00", name: "Edge gateway" },
];

/** Calls an endpoint of the engine with the credential of a role. */
export type Api = (
  role: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;

interface Story extends Sold {
  readonly orderNumber: string;
  readonly first: BilledInvoice;
}

/** From a deal to money in the books, with a case in between; every system is asked what it has. */
export async function wholeStory(sides: Sides, api: Api): Promise<void> {
  const story = await sold(sides);
  const work = await heldAndReleased(sides, story);
  await paid(sides, story, work);
  await credited(sides, story);
  await extended(sides, story);
  await usedAndAsked(sides, story, api);
}

async function sold({ billing, crm, erp, support }: Sides): Promise<Story> {
  const deal = crm.sell({ lines, plan: "platform-annual" });
  const { customerId, dealId } = deal;
  await expect.poll(() => crm.deal(dealId), soon).toMatchObject({ status: "ordered" });
  await expect.poll(() => erp.approve(dealId), soon).toBe(true);
  const [order] = erp.orders(dealId);
  expect(erp.orders(dealId)).toHaveLength(1);
  expect(order?.total).toBe("7760.00");
  expect(crm.deal(dealId).orderNumber).toBe(order?.number);
  await expect.poll(() => billing.subscriptions(dealId).length, soon).toBe(1);
  await expect.poll(() => billing.invoices(dealId).length, soon).toBe(1);
  const [first] = billing.invoices(dealId);
  if (first === undefined || order === undefined) throw new Error("nothing was billed");
  expect(first).toMatchObject({ net: "4800.00" });
  const { tax, total } = first;
  await expect
    .poll(() => erp.invoice(first.id), soon)
    .toMatchObject({ state: "posted", tax, total });
  await expect.poll(() => erp.schedule(dealId), soon).toEqual({ months: 12, total: "4800.00" });
  await expect
    .poll(() => support.owed(customerId), soon)
    .toMatchObject({ level: "silver", implementation: true, contract: deal.contract });
  await expect
    .poll(() => Object.values(crm.customer(customerId).ids).filter((id) => id === ""), soon)
    .toEqual([]);
  expect(support.owed(customerId)?.erpCustomer).toBe(crm.customer(customerId).ids.erp);
  return { ...deal, orderNumber: order.number, first };
}

/** A severe case stops the collection of work that is billed; the last one's end posts it, once. */
async function heldAndReleased(sides: Sides, story: Story): Promise<BilledInvoice> {
  const { billing, crm, erp, support } = sides;
  const { customerId, dealId, orderNumber } = story;
  const milestoneId = erp.milestone(orderNumber) ?? "";
  expect(milestoneId).not.toBe("");
  const id = billing.draft({ sold: story, milestoneId, cents: 118_001 });
  erp.link(orderNumber, id);
  const work = () => billing.invoices(dealId).find((invoice) => invoice.id === id);
  const about = { customerId, orderNumber };
  const one = support.open({ ...about, subject: "Gateway is offline", severity: "urgent" });
  await expect.poll(() => work()?.hold, soon).toBe(`case ${one}`);
  billing.issue(id);
  await expect
    .poll(() => erp.invoice(id), soon)
    .toMatchObject({ state: "draft", dispute: "service-exception", disputeCase: one });
  await expect
    .poll(() => crm.customer(customerId), soon)
    .toMatchObject({
      dispute: "disputed",
      health: "80",
      escalation: `case ${one} (urgent): Gateway is offline`,
    });
  await expect.poll(() => support.note(one), soon).not.toBe("");

  const invoiceNumber = work()?.number ?? "";
  const two = support.open({ ...about, invoiceNumber, subject: "And more", severity: "high" });
  await expect.poll(() => work()?.hold, soon).toBe(`case ${one}, ${two}`);
  support.resolve(one);
  await expect.poll(() => work()?.hold, soon).toBe(`case ${two}`);
  expect(erp.invoice(id)).toMatchObject({ state: "draft" });
  support.resolve(two);
  await expect
    .poll(() => erp.invoice(id), soon)
    .toMatchObject({ state: "posted", dispute: "none" });
  expect(work()?.hold).toBe("");
  expect(erp.postings(id)).toBe(1);
  await expect
    .poll(() => crm.customer(customerId), soon)
    .toMatchObject({ dispute: "none", health: "100", escalation: "" });
  const issued = work();
  if (issued === undefined) throw new Error("the invoice is gone");
  return issued;
}

/** Money does not come, comes in two parts, and some of it goes back. */
async function paid(
  { billing, crm, erp }: Sides,
  story: Story,
  work: BilledInvoice,
): Promise<void> {
  const open = () => erp.invoice(work.id)?.open;
  billing.fail(work.id);
  await expect.poll(() => crm.customer(story.customerId).receivables, soon).toBe("overdue");
  billing.pay(work.id, 40_000);
  await expect.poll(open, soon).toBe((Number(work.total) - 400).toFixed(2));
  billing.pay(work.id, "rest");
  await expect
    .poll(() => erp.invoice(work.id), soon)
    .toMatchObject({ state: "paid", open: "0.00" });
  // The year's invoice is still to be paid.
  await expect.poll(() => crm.customer(story.customerId).receivables, soon).toBe("open");
  billing.refund(work.id, 1_001);
  const owed = (Number(story.first.total) + 10.01).toFixed(2);
  await expect.poll(() => erp.owes(story.customerId), soon).toBe(owed);
}

/** A claim that support accepted is one credit, the same on both sides. */
async function credited({ billing, erp, support }: Sides, story: Story): Promise<void> {
  const { customerId, first } = story;
  const about = { customerId, invoiceNumber: first.number, severity: "normal" } as const;
  const id = support.open({ ...about, subject: "A day without service" });
  support.acceptClaim(id, "120.05");
  await expect.poll(() => erp.credits(`case-${id}`), soon).toEqual(["120.05"]);
  expect(billing.credits(first.id)).toEqual([{ amount: "120.05", isVoid: false }]);
  await expect.poll(() => support.note(id), soon).toMatch(/^covered .*; credited 120\.05 EUR$/);
}

/** Two of a larger plan at an agreed price, in billing, in the books and at the desk. */
async function extended({ billing, crm, erp, support }: Sides, story: Story): Promise<void> {
  const { customerId, dealId: orderId } = story;
  const plus = { sku: "PL-PLUS", quantity: 2, price: "9000.50", name: "Platform Plus, annual" };
  const change = crm.sell({
    lines: [plus],
    plan: "platform-plus-annual",
    amends: { customerId, orderId },
  });
  await expect.poll(() => crm.deal(change.dealId), soon).toMatchObject({ status: "ordered" });
  expect(billing.subscriptions(orderId).map(({ plan }) => plan)).toEqual(["platform-plus-annual"]);
  expect(billing.subscriptions(change.dealId)).toEqual([]);
  expect(erp.schedule(orderId)).toEqual({ months: 12, total: "18001.00" });
  expect(support.owed(customerId)).toMatchObject({ level: "gold", contract: change.contract });
}

/** What was used is billed once and is in the books; those who ask are answered. */
async function usedAndAsked({ erp }: Sides, story: Story, api: Api): Promise<void> {
  const { customerId, dealId: orderId } = story;
  const used = {
    usageId: "u-1",
    description: "Messages",
    quantity: "1250",
    unitPrice: "0.02",
    amount: "25.00",
  };
  const statement = { orderId, period: "2026-11", currency: "EUR", lines: [used] };
  const answer = await api("metering", "/v1/usage-statements", statement);
  expect(answer).toMatchObject({ status: 201, body: { net: "25.00" } });
  const again = await api("metering", "/v1/usage-statements", statement);
  const id = String(answer.body["invoiceId"]);
  expect(again.body["invoiceId"]).toBe(id);
  await expect.poll(() => erp.invoice(id), soon).toMatchObject({ state: "posted" });

  const serial = erp.serial(story.orderNumber);
  const due = await api("support", `/v1/entitlements/${customerId}?asset=${serial}`);
  expect(due).toMatchObject({
    status: 200,
    body: { eligible: true, asset: { match: "own", sku: "GW-100" } },
  });
  const day = new Date().toISOString().slice(0, 10);
  const agreement = async () => (await api("finance", `/v1/finance/revenue/${day}`)).body;
  await expect.poll(agreement, soon).toMatchObject({ agrees: true, differences: [] });
}
