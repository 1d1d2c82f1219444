import type { JsonObject } from "../../../engine/model/json.ts";
import { accountOf, disputeOf, type Story } from "./story.ts";
import type { StoryWorld } from "./story-world.ts";
import { centsAt, rowsAt, wordsAt } from "./tryton.ts";

/** What every system itself has of a story, under names that are the same for each story. */
export async function readStory(world: StoryWorld, story: Story) {
  return {
    tryton: await readTryton(world, story),
    requestTracker: await readDesk(world, story),
    stripe: await readStripe(world, story),
    crm: readCrm(world, story),
  };
}

function namer(story: Story): (text: string) => string {
  return (text) =>
    text.replace(story.subscriptionInvoice, "subscription").replace(story.workInvoice, "work");
}

async function readTryton(world: StoryWorld, story: Story) {
  const { admin } = world.tryton;
  const named = namer(story);
  const sales = await admin.find(
    "sale.sale",
    [["party.code", "=", story.customerId]],
    ["state", "untaxed_amount"],
  );
  const invoices = await admin.find(
    "account.invoice",
    [["reference", "in", [story.subscriptionInvoice, story.workInvoice]]],
    ["reference", "state", "untaxed_amount", "tax_amount", "total_amount", "amount_to_pay"],
  );
  const [task] = await admin.find(
    "project.work",
    [["id", "=", Number(story.milestoneId)]],
    ["invoice_line.invoice.reference"],
  );
  const [bills] = rowsAt(rowsAt(task, "invoice_line.")[0], "invoice.");
  return {
    sales: sales.map((sale) => ({
      state: wordsAt(sale, "state"),
      total: centsAt(sale, "untaxed_amount"),
    })),
    invoices: Object.fromEntries(
      invoices.map((invoice) => [
        named(wordsAt(invoice, "reference")),
        {
          state: wordsAt(invoice, "state"),
          net: centsAt(invoice, "untaxed_amount"),
          tax: centsAt(invoice, "tax_amount"),
          total: centsAt(invoice, "total_amount"),
          open: centsAt(invoice, "amount_to_pay"),
        },
      ]),
    ),
    dispute: await disputeOf(world, story.workInvoice),
    milestone: named(wordsAt(bills, "reference")),
    ...(await readLedger(world, story)),
  };
}

/** Every move of the customer and of its revenue; each is even in itself, or this throws. */
async function readLedger({ tryton }: StoryWorld, story: Story) {
  const fields = ["state", "description", "lines.debit", "lines.credit", "lines.account.name"];
  const booked = await tryton.admin.find(
    "account.move",
    [["lines.party.code", "=", story.customerId]],
    fields,
  );
  const revenue = await tryton.admin.find(
    "account.move",
    [["description", "like", `Revenue ${story.orderId} %`]],
    fields,
  );
  const isFirst = (move: JsonObject) => / 0\/\d+$/.test(wordsAt(move, "description"));
  const earns = (moves: readonly JsonObject[]) => -(balances(moves)["Main Revenue"] ?? 0);
  return {
    booked: balances(booked),
    moves: booked.length,
    revenue: {
      moves: revenue.length,
      putAside: earns(revenue.filter(isFirst)),
      earned: earns(revenue.filter((move) => !isFirst(move))),
      "Deferred Revenue": balances(revenue)["Deferred Revenue"] ?? 0,
    },
  };
}

/** Debit less credit of each account, in cents. */
function balances(moves: readonly JsonObject[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const move of moves) {
    let even = 0;
    for (const line of rowsAt(move, "lines.")) {
      const account = wordsAt(rowsAt(line, "account.")[0], "name");
      const amount = centsAt(line, "debit") - centsAt(line, "credit");
      sums[account] = (sums[account] ?? 0) + amount;
      even += amount;
    }
    if (even !== 0) throw new Error(`move "${wordsAt(move, "description")}" is off by ${even}`);
  }
  return sums;
}

async function readDesk({ desk }: StoryWorld, story: Story) {
  const ticket = (await desk.ask("GET", `/ticket/${story.ticketId}`)) as JsonObject;
  const said = await desk.field(`/ticket/${story.ticketId}`, "Integration Status");
  return {
    level: await desk.field(`/user/customer-${story.customerId}`, "Service Level"),
    implementation: await desk.field(
      `/user/customer-${story.customerId}`,
      "Implementation Service",
    ),
    ticket: {
      status: wordsAt(ticket, "Status"),
      told: namer(story)(said ?? "")
        .split("; ")
        .at(-1),
    },
  };
}

async function readStripe({ stripe }: StoryWorld, story: Story) {
  const { client } = stripe;
  const all = { limit: 1000 };
  const customers = await client.customers.list({ limit: 100 }).autoPagingToArray(all);
  const subscriptions = await client.subscriptions.list({ limit: 100 }).autoPagingToArray(all);
  const charges = await client.charges.list({ limit: 100 }).autoPagingToArray(all);
  const own = customers.filter(({ metadata }) => metadata["customer_id"] === story.customerId);
  const work = stripe.invoice(story.workInvoice);
  const [metadata] = rowsAt(work, "metadata");
  return {
    customers: own.length,
    subscriptions: subscriptions
      .filter((one) => one.metadata["order_id"] === story.orderId)
      .map(({ status, items: { data } }) => ({
        status: String(status),
        plan: data[0]?.price.lookup_key,
        quantity: data[0]?.quantity,
      })),
    charges: charges
      .filter(({ metadata: { customer } }) => customer === own[0]?.id)
      .map((charge) => ({
        amount: charge.amount,
        invoice: namer(story)(charge.metadata["invoice"] ?? ""),
      }))
      .toSorted((a, b) => b.amount - a.amount),
    work: {
      status: work["status"],
      collects: work["auto_advance"],
      hold: metadata?.["hold"] ?? null,
    },
  };
}

function readCrm(world: StoryWorld, { orderId, customerId }: Story) {
  const account = accountOf(world, customerId);
  const opportunity = world.estate.crm.records.get("Opportunity", orderId);
  const ids = ["ERP_Customer_Code__c", "Billing_Customer_Id__c", "Support_Organization_Id__c"];
  return {
    order: opportunity?.["Integration_Status__c"],
    dispute: account["Dispute_Status__c"],
    health: account["Health_Score__c"],
    receivables: account["Receivables_Status__c"],
    linked: ids.filter((id) => typeof account[id] === "string").length,
  };
}
