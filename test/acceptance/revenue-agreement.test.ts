import { expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

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

  // A price that was agreed with the customer, and that billing does not know.
  const other = await business.sold([{ sku: "PL-ANNUAL", quantity: 1, unitPrice: "4700.00" }]);
  expect(other.subscription).toMatchObject({ status: "active" });
  const differs = ["recurring-amount-differs", "finance-operations"];
  await expect
    .poll(async () => told(other.deal.opportunityId), soon)
    .toEqual({ status: "done", issues: [differs] });
  // It came first: by now it would be known if it did not agree.
  expect(await told(deal.opportunityId)).toEqual({ status: "done", issues: [] });
});
