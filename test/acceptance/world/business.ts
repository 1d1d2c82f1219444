import { vi } from "vitest";
import {
  billingClient,
  type Call,
  erpClient,
  supportClient,
} from "../../engine/testing/estate/clients.ts";
import type { Deal } from "../../../engine/testing/index.ts";
import type { ReferenceWorld } from "./reference.ts";

type Row = Readonly<Record<string, unknown>>;

export const soon = { timeout: 15_000, interval: 20 };

/** Sales, invoices and money of the reference world, as each partner shows them. */
export class Business {
  readonly world: ReferenceWorld;
  readonly erp: Call;
  readonly billing: Call;
  readonly support: Call;

  private constructor(world: ReferenceWorld, erp: Call) {
    this.world = world;
    this.erp = erp;
    this.billing = billingClient(world.estate);
    this.support = supportClient(world.estate);
  }

  static async of(world: ReferenceWorld): Promise<Business> {
    return new Business(world, await erpClient(world.estate));
  }

  async rows(call: Call, path: string): Promise<readonly Row[]> {
    const { body } = await call("GET", path);
    return (
      (body as unknown as { items?: Row[]; data?: Row[] }).items ?? (body.data as unknown as Row[])
    );
  }

  async booked(invoiceId: string): Promise<Row | undefined> {
    return (await this.rows(this.erp, `/invoices?reference=${invoiceId}`))[0];
  }

  async billed(invoiceId: string): Promise<Row> {
    return (await this.billing("GET", `/invoices/${invoiceId}`)).body as unknown as Row;
  }

  account(id: string): Row {
    return this.world.estate.crm.records.get("Account", id) ?? {};
  }

  effects(system: "erp" | "billing" | "crm", effect: string, id: string): number {
    return this.world.estate.ledger.effects({ system, effect, id }).length;
  }

  /** A deal that was sold, activated and billed: what the rest of a story begins with. */
  async sold(
    lines: Parameters<ReferenceWorld["close"]>[0]["lines"] = [
      { sku: "PL-ANNUAL", quantity: 1 },
      { sku: "IM-STD", quantity: 1 },
      { sku: "GW-100", quantity: 2 },
    ],
  ) {
    return this.activated(await this.world.close({ lines }));
  }

  /** The same of a deal that was closed: all that is waited for follows the ERP's approval. */
  async activated(deal: Deal) {
    await this.world.ended("subscription-activation", deal.opportunityId);
    await this.world.ended("revenue-alignment", deal.opportunityId);
    const [order = {}] = await this.rows(this.erp, `/orders?reference=${deal.opportunityId}`);
    const query = encodeURIComponent(`metadata['order_id']:'${deal.opportunityId}'`);
    const { body } = await this.billing("GET", `/subscriptions/search?query=${query}`);
    const subscription = body.data[0] as unknown as Row;
    const first = String(subscription["latest_invoice"]);
    await vi.waitFor(async () => {
      const state = (await this.booked(first))?.["state"];
      if (state !== "posted") throw new Error(`invoice ${first} is ${String(state)} in the books`);
    }, soon);
    return { deal, order, subscription, first };
  }

  /** Finance bills the work of a milestone, as a draft, and says so on the milestone. */
  async billWork(story: Sold): Promise<string> {
    const number = String(story.order["number"]);
    const [milestone = {}] = await this.rows(this.erp, `/milestones?order=${number}`);
    const invoice = this.#draft(story, milestone);
    this.world.estate.erp.fulfilment.linkInvoice(number, invoice);
    return invoice;
  }

  /** The same for each milestone of the order, each with an invoice of its own. */
  async billEachWork(story: Sold): Promise<readonly string[]> {
    const number = String(story.order["number"]);
    const milestones = await this.rows(this.erp, `/milestones?order=${number}`);
    const invoices = milestones.map((milestone) => this.#draft(story, milestone));
    for (const [index, { id, version }] of milestones.entries()) {
      const change = { version: Number(version), invoice: invoices[index] ?? "" };
      await this.erp("PATCH", `/milestones/${String(id)}`, change);
    }
    return invoices;
  }

  #draft({ deal, subscription }: Sold, milestone: Row): string {
    const { id } = this.world.estate.person.bill({
      customer: String(subscription["customer"]),
      lines: [{ description: "Implementation day", amount: 118_001 }],
      metadata: {
        order_id: deal.opportunityId,
        customer_id: deal.accountId,
        contract_id: "CT-1",
        milestone_id: String(milestone["id"]),
      },
      finalize: false,
    });
    return id;
  }

  /** The draft leaves billing. */
  issue(id: string): void {
    const { invoices, records } = this.world.estate.billing;
    invoices.finalize(records.must("invoice", id));
  }
}

type Sold = Awaited<ReturnType<Business["sold"]>>;
