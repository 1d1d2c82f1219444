import { expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

type Row = Readonly<Record<string, unknown>>;

interface IssueDetail {
  readonly code: string;
  readonly team: string;
  readonly affected: readonly { readonly runId: string }[];
}

test("once the ERP approved and billing called back, contract, schedule and billing agree; if not, finance is told, and nothing stops", async () => {
  const world = await ReferenceWorld.open();
  const business = await Business.of(world);

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
