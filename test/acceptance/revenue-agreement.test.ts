import { beforeAll, expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

type Row = Readonly<Record<string, unknown>>;

interface IssueDetail {
  readonly code: string;
  readonly team: string;
  readonly affected: readonly { readonly runId: string }[];
}

let world: ReferenceWorld;
let business: Business;

beforeAll(async () => {
  world = await ReferenceWorld.open();
  business = await Business.of(world);
});

test("once the ERP approved and billing called back, contract, schedule and billing agree; if not, finance is told, and nothing stops", async () => {
  /** How the agreement of an order ended, and what people hear of it. */
  async function told(orderId: string) {
    const runs = await world.serving.store.read.runs({ flow: "revenue-alignment" });
    const run = runs.find(({ laneKey }) => laneKey === orderId);
    const { out } = await world.cli("issues", "--flow", "revenue-alignment", "--json");
    const numbers = (JSON.parse(out) as { number: number }[]).map(({ number }) => String(number));
    const shown = numbers.map(async (number) => world.cli("issues", "show", number, "--json"));
    const details = (await Promise.all(shown)).map((one) => JSON.parse(one.out) as IssueDetail);
    const own = details.filter(({ affected }) => affected.some(({ runId }) => runId === run?.id));
    return { status: run?.status, issues: own.map(({ code, team }) => [code, team]) };
  }

  const { deal, order, subscription } = await business.sold();
  const start = new Date(Number(subscription["start_date"]) * 1000).toISOString().slice(0, 10);
  const [schedule] = await business.rows(
    business.erp,
    `/revenue-schedules?order=${String(order["number"])}&state=active`,
  );
  expect(subscription).toMatchObject({ status: "active", metadata: { starts_on: start } });
  expect(schedule).toMatchObject({ starts_on: start, total: "4800.00" });

  // Five of them at a price that was agreed with the customer: billing charges that, not its list.
  const agreed = await business.sold([{ sku: "PL-ANNUAL", quantity: 5, unitPrice: "4700.00" }]);
  const [item] = (agreed.subscription["items"] as { data: readonly Row[] }).data;
  expect(item).toMatchObject({ quantity: 5, price: { unit_amount: 470_000, currency: "eur" } });
  expect(await business.booked(agreed.first)).toMatchObject({ net: "23500.00" });
  // Somebody takes one away in billing before finance looks.
  const pause = await world.ask("pause", "--flow", "revenue-alignment");
  expect(pause).toMatchObject({ code: 0 });
  const changed = await world.close({ lines: [{ sku: "PL-ANNUAL", quantity: 5 }] });
  await world.ended("subscription-activation", changed.opportunityId);
  const query = encodeURIComponent(`metadata['order_id']:'${changed.opportunityId}'`);
  const [running = {}] = await business.rows(
    business.billing,
    `/subscriptions/search?query=${query}`,
  );
  await business.billing("POST", `/subscriptions/${String(running["id"])}`, {
    "items[0][price]": "price_platform_annual",
    "items[0][quantity]": "4",
  });
  await world.ask("resume", "--flow", "revenue-alignment");
  await world.ended("revenue-alignment", changed.opportunityId);
  const differs = ["recurring-amount-differs", "finance-operations"];
  await expect
    .poll(async () => told(changed.opportunityId), soon)
    .toEqual({ status: "done", issues: [differs] });
  // They came first: by now it would be known if they did not agree.
  expect(await told(agreed.deal.opportunityId)).toEqual({ status: "done", issues: [] });
  expect(await told(deal.opportunityId)).toEqual({ status: "done", issues: [] });
});

test("a day's credit notes and void invoices agree, too; what one side alone has is told by its number", async () => {
  const { deal, first, subscription } = await business.sold();
  const number = String((await business.billed(first))["number"]);
  const day = String((await business.booked(first))?.["posted_on"]);
  const agreement = async () => (await world.api("finance", `/v1/finance/revenue/${day}`)).body;
  const sumOf = async () => {
    const { sums } = (await agreement()) as unknown as { sums: Row[] };
    return sums.find(({ customerId }) => customerId === deal.accountId);
  };

  // A claim is the same on both sides, and a second invoice is void before anybody pays.
  const ticket = world.estate.person.openTicket({
    subject: "A day without service",
    accountId: deal.accountId,
    invoiceNumber: number,
  });
  world.estate.person.changeTicket(ticket.id, { claimAmount: "120.05", claimAccepted: true });
  await world.ended("case-to-credit", String(ticket.id));
  const wrong = world.estate.person.bill({
    customer: String(subscription["customer"]),
    lines: [{ description: "Billed by mistake", amount: 10_000 }],
    metadata: { customer_id: deal.accountId },
  });
  await expect.poll(async () => business.booked(wrong.id), soon).toMatchObject({ state: "posted" });
  await business.billing("POST", `/invoices/${wrong.id}/void`);
  await world.ended("invoice-voided", wrong.id);
  expect(await business.booked(wrong.id)).toMatchObject({ state: "paid", open_amount: "0.00" });
  expect(await agreement()).toMatchObject({ agrees: true, differences: [] });
  const { total } = (await business.booked(first)) ?? {};
  const left = (Number(total) - 120.05).toFixed(2);
  expect(await sumOf()).toMatchObject({ billing: left, erp: left, difference: "0.00" });

  // What people give back on one side alone, and what is not the same on both.
  const credited = async (amount: number, metadata: Readonly<Record<string, string>> = {}) => {
    const form = { invoice: first, amount: String(amount), ...metadata };
    return (await business.billing("POST", "/credit_notes", form)).body as unknown as Row;
  };
  const memo = async (reference: string, amount: string) => {
    const invoice = (await business.booked(first))?.["number"] as string;
    const body = { reference, invoice, amount, currency: "EUR" };
    return (await business.erp("POST", "/credit-memos", body)).body as unknown as Row;
  };
  const alone = await credited(500);
  const other = await credited(700, { "metadata[credit_memo_id]": "case-x" });
  await memo("case-x", "7.01");
  const own = await memo("by-hand", "3.00");
  const given = { document: "credit-memo", invoiceId: first };
  expect(await agreement()).toMatchObject({ agrees: false });
  const { differences } = (await agreement()) as unknown as { differences: Row[] };
  const byNumber = (one: Row) => String(one["number"]);
  expect(differences.toSorted((a, b) => byNumber(a).localeCompare(byNumber(b)))).toEqual([
    {
      ...given,
      creditMemoId: "by-hand",
      number: own["number"],
      kind: "missing-in-billing",
      billing: null,
      erp: "-3.00",
    },
    {
      ...given,
      creditMemoId: alone["id"],
      number: `${number}-CN-02`,
      kind: "missing-in-erp",
      billing: "-5.00",
      erp: null,
    },
    {
      ...given,
      creditMemoId: "case-x",
      number: other["number"],
      kind: "amount",
      billing: "-7.00",
      erp: "-7.01",
    },
  ]);
});
