import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../engine/model/json.ts";
import { type DemoWorld, startDemoWorld, worldSeed } from "./support/demo-world.ts";
import {
  day,
  decimal,
  decimalAt,
  rowsAt,
  startTryton,
  type Tryton,
  wordsAt,
} from "./support/tryton.ts";

/** One Tryton is CRM and ERP: opportunities are won there, and the same process flows make the orders. */

let tryton: Tryton;
let world: DemoWorld;

beforeAll(async () => {
  tryton = await startTryton();
  world = await startDemoWorld(tryton, worldSeed(3), {}, "tryton-crm");
});
afterAll(() => world.stop());

const soon = { timeout: 120_000, interval: 250 };
const idOf = (row: JsonObject | undefined): number => Number(row?.["id"] ?? 0);

async function named(model: string, field: string, value: Json, fields: readonly string[] = []) {
  const [row] = await tryton.admin.find(model, [[field, "=", value]], fields);
  if (row === undefined) throw new Error(`Tryton has no ${model} ${JSON.stringify(value)}`);
  return row;
}

async function make(model: string, values: JsonObject): Promise<number> {
  const ids = await tryton.admin.call(`model.${model}.create`, [values]);
  return Number((ids as readonly Json[])[0]);
}

let made = 0;
/** A party as a salesperson enters it: one address, no marks. */
async function firm(): Promise<{ readonly id: number; readonly name: string }> {
  made += 1;
  const name = `Opportunity ${Date.now().toString(36)}-${made}`;
  const country = idOf(await named("country.country", "code", "DE"));
  const id = await make("party.party", {
    name,
    addresses: [
      ["create", [{ street: "Hafenstr. 1", city: "Hamburg", postal_code: "1", country }]],
    ],
  });
  return { id, name };
}

interface Wanted {
  readonly sku: string;
  readonly quantity: number;
  /** The list price unless told. */
  readonly price?: string;
  readonly terms?: string;
}

/** An opportunity that was converted: its sale is a draft yet. */
async function opportunity({ sku, quantity, price, terms = "Net 30" }: Wanted) {
  const { admin } = tryton;
  const { id: party, name } = await firm();
  const product = await named("product.product", "code", sku, ["sale_uom"]);
  const [address] = await admin.find("party.address", [["party", "=", party]], []);
  const id = await make("sale.opportunity", {
    party,
    address: idOf(address),
    company: 1,
    employee: idOf(await named("company.employee", "company", 1)),
    payment_term: idOf(await named("account.invoice.payment_term", "name", terms)),
    description: `Deal of ${name}`,
    reference: `CT-${party}`,
    start_date: day(new Date().toISOString().slice(0, 10)),
    lines: [["create", [{ product: idOf(product), quantity, unit: product["sale_uom"] ?? null }]]],
  });
  await admin.call("model.sale.opportunity.opportunity", [id]);
  await admin.call("model.sale.opportunity.convert", [id]);
  const sale = await named("sale.sale", "origin", `sale.opportunity,${id}`, ["lines"]);
  if (price !== undefined) {
    const lines = sale["lines"] ?? [];
    await admin.call("model.sale.line.write", lines, { unit_price: decimal(price) });
  }
  return { id, name, party, sale: idOf(sale), dealId: `opportunity-${id}` };
}
type Deal = Awaited<ReturnType<typeof opportunity>>;

const quote = ({ sale }: Deal) => tryton.admin.call("model.sale.sale.quote", [sale]);

/** Everything that was sold to the firm of a deal. */
const sales = ({ party }: Deal) =>
  tryton.admin.find(
    "sale.sale",
    [["party", "=", party]],
    ["number", "origin", "reference", "state", "untaxed_amount"],
  );

/** What the salesperson reads on the opportunity, oldest first. */
async function notes({ id }: Deal): Promise<readonly string[]> {
  const resource = `sale.opportunity,${id}`;
  const rows = await tryton.admin.find("ir.note", [["resource", "=", resource]], ["message"]);
  return rows.map((row) => wordsAt(row, "message"));
}

async function runs({ dealId }: Deal) {
  const all = await world.serving.store.read.runs({ flow: "opportunity-to-order", limit: 1_000 });
  return all.filter(({ laneKey }) => laneKey === dealId).map(({ status }) => status);
}

/** Its one sale is the order, and the opportunity says so. */
async function ordered(deal: Deal): Promise<JsonObject> {
  await expect.poll(async () => (await notes(deal)).at(-1) ?? "", soon).toMatch(/^Order: \d/);
  const all = await sales(deal);
  expect(all).toMatchObject([
    { id: deal.sale, origin: `sale.opportunity,${deal.id}`, reference: deal.dealId },
  ]);
  const [sale = {}] = all;
  expect(sale["state"]).toBe("processing");
  expect((await notes(deal)).at(-1)).toBe(`Order: ${wordsAt(sale, "number")}`);
  expect(await named("sale.opportunity", "id", deal.id, ["state"])).toMatchObject({ state: "won" });
  return sale;
}

describe("an opportunity whose sale is quoted in a Tryton that nobody here wrote", () => {
  test("is won: that sale becomes the order, to the cent, and the opportunity names it", async () => {
    const deal = await opportunity({ sku: "SN-200", quantity: 7, price: "59.6625" });
    expect(await notes(deal)).toEqual([]);
    await quote(deal);
    const sale = await ordered(deal);
    expect(decimalAt(sale, "untaxed_amount")).toBe("417.64");
    expect(await runs(deal)).toEqual(["done"]);
    // The firm is its own business partner: nobody made a second one.
    const same = await tryton.admin.find("party.party", [["name", "=", deal.name]], ["code"]);
    expect(same).toMatchObject([{ id: deal.party }]);
    const links = await world.serving.store.read.crosswalk("customer", wordsAt(same[0], "code"));
    expect(links.find(({ system }) => system === "erp")?.id).toBe(String(deal.party));
  });

  test("is told of once a person posted its invoice there", async () => {
    const deal = await opportunity({ sku: "GW-100", quantity: 1 });
    await quote(deal);
    await ordered(deal);
    const { invoices = [] } = await named("sale.sale", "id", deal.sale, ["invoices"]);
    // As billing's own are: by their id there.
    await tryton.admin.call("model.account.invoice.write", invoices, { reference: deal.dealId });
    await tryton.admin.call("model.account.invoice.post", invoices);
    const told = async () => {
      const all = await world.serving.store.read.runs({ flow: "invoice-posted", limit: 1_000 });
      return all.filter(({ laneKey }) => laneKey === deal.dealId).map(({ status }) => status);
    };
    await expect.poll(told, soon).toEqual(["done"]);
  });

  test("with a plan is charged and served once the order is approved", async () => {
    const deal = await opportunity({ sku: "PL-ANNUAL", quantity: 1 });
    await quote(deal);
    await ordered(deal);
    const started = () =>
      world.estate.billing.records
        .all("subscription")
        .filter(({ metadata }) => (metadata as JsonObject)["order_id"] === deal.dealId)
        .map(({ metadata, status }) => [(metadata as JsonObject)["contract_id"], status]);
    await expect.poll(started, soon).toEqual([[`CT-${deal.party}`, "active"]]);
    const told = async () => {
      const on = [["resource", "=", `party.party,${deal.party}`]];
      const rows = await tryton.admin.find("ir.note", on, ["message"]);
      return rows.map((row) => wordsAt(row, "message").split(":")[0]);
    };
    await expect.poll(told, soon).toEqual(expect.arrayContaining(["Billing", "Support"]));
  });

  test("is refused with the reasons, and ordered when it was mended and quoted again", async () => {
    const deal = await opportunity({ sku: "KIT-20", quantity: 1, terms: "Immediate" });
    await quote(deal);
    const refused = async () => (await notes(deal)).at(-1) ?? "";
    await expect.poll(refused, soon).toMatch(/^Order: refused: .*\[payment-terms-unknown\]/);
    expect(await refused()).toMatch(/AN-300 \(2 short\) \[not-available\]/);
    expect(await sales(deal)).toMatchObject([{ state: "quotation" }]);

    const { admin } = tryton;
    await admin.call("model.sale.sale.draft", [deal.sale]);
    const [line] = rowsAt(await named("sale.sale", "id", deal.sale, ["lines.id"]), "lines.");
    await admin.call("model.sale.line.write", [idOf(line)], {
      quantity: 2,
      product: idOf(await named("product.product", "code", "GW-100")),
    });
    const net30 = idOf(await named("account.invoice.payment_term", "name", "Net 30"));
    await admin.call("model.sale.sale.write", [deal.sale], { payment_term: net30 });
    await quote(deal);
    await ordered(deal);
    expect(await runs(deal)).toEqual(["done", "failed"]);
  });

  test("and confirmed by hand at once is not ordered a second time", async () => {
    const deal = await opportunity({ sku: "GW-100", quantity: 1 });
    await quote(deal);
    await tryton.admin.call("model.sale.sale.confirm", [deal.sale]);
    await ordered(deal);
    expect(await runs(deal)).toEqual(["done"]);
  });

  test("becomes one order when the answer to its confirmation is lost", async () => {
    const lost = world.proxy.lost();
    world.proxy.loseAnswerTo("model.sale.sale.confirm");
    const deal = await opportunity({ sku: "SN-200", quantity: 1 });
    await quote(deal);
    await ordered(deal);
    expect(world.proxy.lost()).toBe(lost + 1);
  });
});
