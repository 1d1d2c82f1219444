import type { Json } from "../../engine/index.ts";
import type { Deal, Estate } from "../../engine/testing/index.ts";
import type { Stage } from "./stage.ts";

/** What a reader sees of a scene: sentences that were checked against the partners' own ledgers. */
export interface Seen {
  readonly lines: readonly { readonly good: boolean; readonly text: string }[];
  /** Number of an ERP order, for the trace at the end. */
  readonly order?: string;
}

export interface Scene {
  readonly title: string;
  play(stage: Stage): Promise<Seen>;
}

const orderFlow = "opportunity-to-order";
const activationFlow = "subscription-activation";

export const scenes: readonly Scene[] = [
  {
    title: "A deal closes in the CRM",
    play: async (stage) => {
      const activations = await runsOf(stage, activationFlow);
      const deal = await close(stage, {
        lines: [
          { sku: "PL-ANNUAL", quantity: 2, discount: "10" },
          { sku: "IM-STD", quantity: 3 },
        ],
      });
      await stage.ended(activationFlow, activations + 1);
      await stage.quiet();
      const { estate } = stage;
      const [order] = confirmed(estate, deal);
      const subscription = estate.ledger.effects({
        system: "billing",
        effect: "subscription.activated",
      });
      const entitled = estate.ledger.effects({ system: "support" });
      const run = await lastRun(stage, orderFlow);
      return {
        lines: [
          {
            good: run?.status === "done",
            text: `credit, tax set-up, payment terms and stock were checked: ${deal.lines.length} lines, ${deal.total} ${deal.currency}`,
          },
          {
            good: order !== undefined && amount(order) === deal.total,
            text: `the ERP has order ${order?.id ?? "none"} of ${amount(order) ?? "0"} ${deal.currency}, to the cent`,
          },
          {
            good: subscription.length > 0,
            text: `billing runs subscription ${subscription[0]?.id ?? "none"}`,
          },
          {
            good: entitled.length > 0,
            text: `support knows what the customer is entitled to (${entitled.map(({ effect }) => effect).join(", ") || "nothing"})`,
          },
          {
            good: crmField(estate, deal, "ERP_Order_Number__c") === order?.id,
            text: `the CRM shows the order number ${crmField(estate, deal, "ERP_Order_Number__c")}`,
          },
        ],
        ...(order === undefined ? {} : { order: order.id }),
      };
    },
  },
  {
    title: "The CRM delivers the same webhook three times",
    play: async (stage) => {
      const runs = await runsOf(stage, orderFlow);
      const deal = stage.estate.closeDeal({ lines: [{ sku: "GW-100", quantity: 2 }] });
      stage.estate.person.redeliver(deal.opportunityId, 2);
      await stage.ended(orderFlow, runs + 1);
      await stage.quiet();
      const orders = confirmed(stage.estate, deal);
      const deliveries = stage.estate.ledger
        .webhooks("crm")
        .filter(({ state, event }) => state === "delivered" && event.includes("Opportunity"));
      const messages = await stage.serving.store.read.messages({ limit: 1000 });
      const duplicates = messages.reduce((sum, row) => sum + row.duplicates, 0);
      return {
        lines: [
          {
            good: deliveries.length >= 3 && duplicates >= 2,
            text: `${duplicates} deliveries were recognised as duplicates, and got the first answer`,
          },
          { good: orders.length === 1, text: `the ERP has ${orders.length} order of this deal` },
        ],
      };
    },
  },
  {
    title: "The ERP takes an order and drops the connection before it answers",
    play: async (stage) => {
      stage.estate.erp.faults.next({
        kind: "drop-after-commit",
        match: { method: "POST", path: "/orders" },
      });
      const deal = await close(stage, { lines: [{ sku: "GW-100", quantity: 1 }] });
      await stage.quiet();
      const orders = confirmed(stage.estate, deal);
      const run = await lastRun(stage, orderFlow);
      return {
        lines: [
          {
            good: run?.status === "done",
            text: "the engine could not know, so it looked the order up instead of sending it again",
          },
          {
            good: orders.length === 1,
            text: `the ERP has ${orders.length} order of this deal, ${orders[0]?.id ?? ""}`,
          },
        ],
      };
    },
  },
  {
    title: "A deal that must not become an order",
    play: async (stage) => {
      const deal = await close(stage, {
        variations: ["credit-hold", "missing-tax-jurisdiction", "unknown-payment-term"],
      });
      await stage.quiet();
      const message = crmField(stage.estate, deal, "Integration_Message__c");
      const reasons = message.split(/;\s*|\n/).filter((reason) => reason !== "");
      return {
        lines: [
          { good: confirmed(stage.estate, deal).length === 0, text: "the ERP has no order of it" },
          {
            good: reasons.length >= 3,
            text: `the CRM says all ${reasons.length} reasons at once:`,
          },
          ...reasons.map((reason) => ({ good: true, text: `  ${reason}` })),
        ],
      };
    },
  },
  {
    title: "A large deal waits for a person",
    play: async (stage) => {
      const runs = await runsOf(stage, orderFlow);
      const deal = await close(stage, { variations: ["above-threshold"] }, false);
      const task = await openTask(stage);
      if (task === undefined) return { lines: [{ good: false, text: "no task was opened" }] };
      const before = confirmed(stage.estate, deal).length;
      await stage.serving.engine.choose(task.id, {
        choice: "approve",
        by: "demo",
        comment: "as agreed",
      });
      await stage.ended(orderFlow, runs + 1);
      await stage.quiet();
      const [order] = confirmed(stage.estate, deal);
      return {
        lines: [
          { good: before === 0, text: `finance operations is asked: ${task.title}` },
          {
            good: order !== undefined,
            text: `approved by demo, and the ERP has order ${order?.id ?? "none"} of ${deal.total} ${deal.currency}`,
          },
        ],
      };
    },
  },
];

type DealOptions = NonNullable<Parameters<Estate["closeDeal"]>[0]>;

/** Closes a deal and, unless told, waits until its run is over. */
async function close(stage: Stage, options: DealOptions, wait = true): Promise<Deal> {
  const before = await runsOf(stage, orderFlow);
  const deal = stage.estate.closeDeal(options);
  if (wait) await stage.ended(orderFlow, before + 1);
  return deal;
}

async function runsOf(stage: Stage, flow: string): Promise<number> {
  return (await stage.serving.store.read.runs({ flow, limit: 1000 })).length;
}

async function lastRun(stage: Stage, flow: string) {
  return (await stage.serving.store.read.runs({ flow, limit: 1 }))[0];
}

async function openTask(stage: Stage) {
  for (let tries = 0; tries < 200; tries += 1) {
    await stage.quiet();
    const tasks = await stage.serving.store.read.tasks({ limit: 10 });
    const open = tasks.find(({ answer }) => answer === undefined);
    if (open !== undefined) return open;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  return undefined;
}

function confirmed(estate: Estate, deal: Deal) {
  return estate.ledger.ordersByReference(deal.opportunityId);
}

function amount(effect: { readonly amount: string | null } | undefined): string | null | undefined {
  return effect?.amount;
}

function crmField(estate: Estate, deal: Deal, field: string): string {
  const value: Json | undefined = estate.crm.records.get("Opportunity", deal.opportunityId)?.[
    field
  ];
  return typeof value === "string" ? value : "";
}
