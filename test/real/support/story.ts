import { expect } from "vitest";
import type { JsonObject } from "../../../engine/model/json.ts";
import { changeAbout, postChange } from "./salesforce.ts";
import type { StoryWorld } from "./story-world.ts";
import { decimal, wordsAt } from "./tryton.ts";

const soon = { timeout: 60_000, interval: 500 };

/** What a story was about, under the names that each system knows it by. */
export interface Story {
  readonly orderId: string;
  readonly customerId: string;
  readonly orderNumber: string;
  readonly milestoneId: string;
  readonly subscriptionInvoice: string;
  readonly workInvoice: string;
  readonly ticketId: string;
}

/** Something that happens between the deal and its order. */
export type Interruption = (world: StoryWorld) => Promise<void>;

/** From a closed deal to paid invoices, with a case in between; each part waits for what the last one led to. */
export async function tell(world: StoryWorld, interruption?: Interruption): Promise<Story> {
  const deal = closeDeal(world);
  const interrupted = interruption?.(world);
  await hearOfDeal(world, deal.orderId);
  await interrupted;
  const orderNumber = await ordered(world, deal.orderId);
  const subscription = await subscribed(world, deal);
  const subscriptionInvoice = await world.stripe.issue(
    subscription,
    [{ description: "Platform, annual", amount: 480_000, tax: 96_000, plan: "platform-annual" }],
    {},
  );
  await invoiceIs(world, subscriptionInvoice, "posted");
  const milestoneId = await projectOf(world, orderNumber);
  const workInvoice = await world.stripe.issue(
    subscription,
    [{ description: "Implementation day", amount: 118_001, tax: 23_600 }],
    { milestone_id: milestoneId },
  );
  await invoiceIs(world, workInvoice, "posted");
  const ticketId = await caseHoldsAndReleases(world, { ...deal, orderNumber, workInvoice });
  for (const invoice of [subscriptionInvoice, workInvoice]) {
    await world.stripe.pay(invoice);
    await invoiceIs(world, invoice, "paid");
  }
  await expect
    .poll(() => accountOf(world, deal.customerId)["Receivables_Status__c"], soon)
    .toBe("current");
  return { ...deal, orderNumber, milestoneId, subscriptionInvoice, workInvoice, ticketId };
}

type Deal = Pick<Story, "orderId" | "customerId">;

function closeDeal({ estate }: StoryWorld): Deal {
  const deal = estate.closeDeal({
    customer: "new",
    hierarchy: "none",
    currency: "USD",
    close: false,
    lines: [
      { sku: "PL-ANNUAL", quantity: 1 },
      { sku: "IM-STD", quantity: 1 },
      { sku: "GW-100", quantity: 2 },
    ],
  });
  estate.winDeal(deal.opportunityId);
  return { orderId: deal.opportunityId, customerId: deal.accountId };
}

/** By the event that Salesforce really sent. */
async function hearOfDeal({ url, crmSecret }: StoryWorld, orderId: string): Promise<void> {
  const hook = `${url}/webhooks/salesforce/changes`;
  expect(await postChange(hook, crmSecret, JSON.stringify(changeAbout(orderId)))).toBe(202);
}

async function ordered({ tryton }: StoryWorld, orderId: string): Promise<string> {
  const sales = () =>
    tryton.admin.find("sale.sale", [["reference", "=", orderId]], ["state", "number"]);
  await expect.poll(sales, soon).toMatchObject([{ state: "processing" }]);
  return wordsAt((await sales())[0], "number");
}

/** Stripe says that it runs: the desk learns what is due, and revenue is spread over its term. */
async function subscribed(world: StoryWorld, { orderId, customerId }: Deal): Promise<JsonObject> {
  const { stripe, desk, tryton } = world;
  const made = async () => {
    const all = await stripe.client.subscriptions.list({ limit: 100 });
    return all.data.filter(({ metadata }) => metadata["order_id"] === orderId).length;
  };
  await expect.poll(made, soon).toBe(1);
  const subscription = await stripe.activate(orderId);
  await expect
    .poll(() => desk.field(`/user/customer-${customerId}`, "Service Level").catch(() => ""), soon)
    .toBe("silver");
  const moves = () =>
    tryton.admin.find("account.move", [["description", "like", `Revenue ${orderId} %`]], ["id"]);
  await expect.poll(moves, soon).toHaveLength(13);
  return subscription;
}

async function invoiceIs({ tryton }: StoryWorld, reference: string, state: string): Promise<void> {
  await expect
    .poll(
      () => tryton.admin.find("account.invoice", [["reference", "=", reference]], ["state"]),
      soon,
    )
    .toMatchObject([{ state }]);
}

/** A project manager plans the work of the order in Tryton: the task that is billed. */
async function projectOf({ tryton }: StoryWorld, orderNumber: string): Promise<string> {
  const [sale] = await tryton.admin.find("sale.sale", [["number", "=", orderNumber]], ["party"]);
  const task: JsonObject = {
    name: "Implementation day",
    type: "task",
    company: 1,
    list_price: decimal("1180.00"),
  };
  const made = await tryton.admin.call("model.project.work.create", [
    {
      name: orderNumber,
      type: "project",
      company: 1,
      party: sale?.["party"] ?? null,
      children: [["create", [task]]],
    },
  ]);
  const [project] = made as readonly number[];
  const [found] = await tryton.admin.find("project.work", [["parent", "=", project ?? 0]], ["id"]);
  return JSON.stringify(found?.["id"]);
}

/** An agent opens an urgent case about the work; as long as it is open, nobody collects. */
async function caseHoldsAndReleases(
  world: StoryWorld,
  { customerId, orderNumber, workInvoice }: Deal & Pick<Story, "orderNumber" | "workInvoice">,
): Promise<string> {
  const { desk, stripe } = world;
  const made = (await desk.ask("POST", "/ticket", {
    Queue: "Support",
    Subject: "Gateway is offline",
    Priority: 90,
    CustomFields: { "Customer Code": customerId, "Order Number": orderNumber },
  })) as JsonObject;
  const ticketId = wordsAt(made, "id");
  const invoice = () => stripe.invoice(workInvoice);
  await expect
    .poll(invoice, soon)
    .toMatchObject({ auto_advance: false, metadata: { hold: `case ${ticketId}` } });
  await expect
    .poll(() => disputeOf(world, workInvoice), soon)
    .toBe(`Dispute: disputed / ${ticketId}`);
  await expect
    .poll(() => accountOf(world, customerId), soon)
    .toMatchObject({ Dispute_Status__c: "disputed", Health_Score__c: 80 });
  const status = () => desk.field(`/ticket/${ticketId}`, "Integration Status");
  await expect.poll(status, soon).toMatch(new RegExp(`^covered .*; invoice ${workInvoice}: held$`));

  await desk.ask("PUT", `/ticket/${ticketId}`, { Status: "resolved" });
  await expect.poll(() => disputeOf(world, workInvoice), soon).toBe("Dispute: none / -");
  await expect.poll(status, soon).toContain(`invoice ${workInvoice}: released`);
  await expect
    .poll(() => accountOf(world, customerId), soon)
    .toMatchObject({ Dispute_Status__c: "none", Health_Score__c: 100 });
  return ticketId;
}

/** The note on an invoice that says what stands against it. */
export async function disputeOf({ tryton }: StoryWorld, reference: string): Promise<string> {
  const invoices = await tryton.admin.find("account.invoice", [["reference", "=", reference]], []);
  const resource = `account.invoice,${Number(invoices[0]?.["id"])}`;
  const notes = await tryton.admin.find("ir.note", [["resource", "=", resource]], ["message"]);
  return notes.map((note) => wordsAt(note, "message")).join("; ");
}

export const accountOf = ({ estate }: StoryWorld, customerId: string): JsonObject =>
  estate.crm.records.get("Account", customerId) ?? {};
