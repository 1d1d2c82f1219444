import { beforeAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../engine/model/json.ts";
import { customerOf } from "./support/customer.ts";
import { day, decimal, rowsAt, wordsAt } from "./support/tryton.ts";
import { startTrytonOperations, type TrytonOperations } from "./support/tryton-operations.ts";

const operations = {
  createCustomer: ["erp", "customer"],
  createOrder: ["erp", "order"],
  createInvoice: ["erp", "invoice"],
  getAsset: ["erp", "asset-query"],
  getMilestones: ["erp", "milestones-query"],
  linkMilestone: ["erp", "milestone-link"],
} as const;
type Operation = keyof typeof operations;

let world: TrytonOperations<Operation>;
const run = Date.now().toString(36);
const [own, other] = [`A-${run}`, `B-${run}`];
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  world = await startTrytonOperations({ operations });
  for (const customerId of [own, other]) {
    await world.ask("createCustomer", customerOf(customerId, { name: `Assets ${customerId}` }));
  }
  return world.stop;
});

/** The id of the one record that meets a domain. */
async function idOf(model: string, domain: readonly Json[]): Promise<number> {
  const [record] = await world.tryton.find(model, domain, ["id"]);
  return Number(record?.["id"]);
}

/** As the warehouse does: a thing with a serial number goes from one place to another. */
async function moved(
  lot: number,
  from: string,
  to: string,
  origin: string | null = null,
): Promise<void> {
  const made = await world.tryton.call("model.stock.move.create", [
    {
      product: await idOf("product.product", [["code", "=", "GW-100"]]),
      lot,
      uom: await idOf("product.uom", [["symbol", "=", "u"]]),
      quantity: 1,
      from_location: await idOf("stock.location", [["code", "=", from]]),
      to_location: await idOf("stock.location", [["code", "=", to]]),
      unit_price: decimal("890.00"),
      currency: await idOf("currency.currency", [["code", "=", "USD"]]),
      company: 1,
      effective_date: day(today),
      origin,
    },
  ]);
  await world.tryton.call("model.stock.move.do", made);
}

async function lotOf(number: string): Promise<number> {
  const product = await idOf("product.product", [["code", "=", "GW-100"]]);
  const made = await world.tryton.call("model.stock.lot.create", [{ number, product }]);
  const [id] = made as readonly number[];
  await moved(id ?? 0, "SUP", "STO");
  return id ?? 0;
}

/** An order of one piece. */
const order = (orderId: string, customerId: string, sku: string, price: string): JsonObject => ({
  orderId,
  opportunityId: orderId,
  customerId,
  contractId: null,
  currency: "USD",
  paymentTerms: "NET30",
  orderedOn: today,
  total: price,
  lines: [
    {
      lineId: "1",
      sku,
      quantity: "1",
      unitPrice: price,
      discountPercent: null,
      netUnitPrice: price,
      amount: price,
    },
  ],
});

/** Sold to a customer, and this very piece goes out of the door: the line that sold it. */
async function shipped(customerId: string, lot: number): Promise<string> {
  const orderId = `S-${customerId}`;
  await world.ask("createOrder", order(orderId, customerId, "GW-100", "890.00"));
  const [sale] = await world.tryton.find(
    "sale.sale",
    [["reference", "=", orderId]],
    ["shipments.inventory_moves", "shipments.outgoing_moves", "lines.product"],
  );
  const [shipment] = rowsAt(sale, "shipments.");
  const id = Number(shipment?.["id"]);
  const moves = ["inventory_moves", "outgoing_moves"].flatMap(
    (name) => shipment?.[name] as readonly number[],
  );
  await world.tryton.call("model.stock.move.write", moves, { lot });
  for (const step of ["assign_try", "pick", "pack", "done"]) {
    await world.tryton.call(`model.stock.shipment.out.${step}`, [id]);
  }
  const [gone] = await world.tryton.find("stock.shipment.out", [["id", "=", id]], ["state"]);
  expect(gone?.["state"]).toBe("done");
  return `sale.line,${Number(rowsAt(sale, "lines.")[0]?.["id"])}`;
}

describe("the installed base in Tryton's stock", () => {
  const asset = (customerId: string, serial: string) =>
    world.ask("getAsset", { customerId, serial });

  test("is what was shipped to a customer and did not come back", async () => {
    const serial = `SN-${run}`;
    const lot = await lotOf(serial);
    expect(await asset(own, serial)).toMatchObject({ match: "unknown", sku: null });
    const sold = await shipped(own, lot);
    const answer = { customerId: own, serial, match: "own", sku: "GW-100" };
    expect(await asset(own, serial)).toEqual(answer);
    expect(await asset(other, serial)).toMatchObject({ match: "other-customer", sku: "GW-100" });
    expect(await asset(`nobody-${run}`, serial)).toMatchObject({ match: "other-customer" });
    await moved(lot, "CUS", "STO", sold);
    expect(await asset(own, serial)).toMatchObject({ match: "unknown", sku: null });
    await shipped(other, lot);
    expect(await asset(other, serial)).toMatchObject({ match: "own" });
  });

  test("does not have what was never seen", async () => {
    expect(await asset(own, "SN-nothing")).toEqual({
      customerId: own,
      serial: "SN-nothing",
      match: "unknown",
      sku: null,
    });
  });
});

describe("an order's project in Tryton", () => {
  const orderId = `006${run}`;
  const invoice = (invoiceId: string): JsonObject => ({
    invoiceId,
    number: invoiceId,
    customerId: own,
    orderId,
    contractId: null,
    subscriptionId: null,
    milestoneId: null,
    currency: "USD",
    net: "1180.00",
    tax: "0.00",
    total: "1180.00",
    paid: "0.00",
    status: "open",
    hold: null,
    issuedOn: today,
    lines: [
      {
        lineId: "1",
        kind: "other",
        description: "Go-live",
        sku: null,
        subscriptionId: null,
        net: "1180.00",
        tax: "0.00",
      },
    ],
  });
  const linked = async (milestoneId: string): Promise<Json | undefined> => {
    const [work] = await world.tryton.find(
      "project.work",
      [["id", "=", Number(milestoneId)]],
      ["invoice_line.invoice.reference"],
    );
    const [line] = rowsAt(work, "invoice_line.");
    return rowsAt(line, "invoice.")[0]?.["reference"] ?? null;
  };
  const asked = { orderId, orderNumber: null };
  const milestones = async (query: JsonObject = asked) =>
    rowsAt(await world.ask("getMilestones", query), "milestones");

  beforeAll(async () => {
    await world.ask("createOrder", order(orderId, own, "IM-STD", "1180.00"));
  });

  test("has no milestones before there is one", async () => {
    expect(await world.tryton.find("sale.sale", [["reference", "=", orderId]], [])).toHaveLength(1);
    expect(await milestones()).toEqual([]);
  });

  test("shows its tasks, and what has a price is billable", async () => {
    const [sale] = await world.tryton.find(
      "sale.sale",
      [["reference", "=", orderId]],
      ["number", "party"],
    );
    const task = (name: string, price: string | null): JsonObject => ({
      name,
      type: "task",
      company: 1,
      list_price: price === null ? null : decimal(price),
    });
    await world.tryton.call("model.project.work.create", [
      {
        name: sale?.["number"] ?? "",
        type: "project",
        company: 1,
        party: sale?.["party"] ?? null,
        children: [["create", [task("Kick-off", null), task("Go-live", "1180.00")]]],
      },
    ]);
    expect(await milestones()).toMatchObject([
      { orderId, name: "Kick-off", billable: false, invoiceId: null, status: "open" },
      { orderId, name: "Go-live", billable: true, invoiceId: null, status: "open" },
    ]);
    // By the number that people write down, too.
    const orderNumber = wordsAt(sale, "number");
    expect(await milestones({ orderId: null, orderNumber })).toEqual(await milestones());
    expect(await milestones({ orderId: null, orderNumber: "none" })).toEqual([]);
  });

  test("bears the invoice that bills a task, once, and the first stays", async () => {
    const [, goLive] = await milestones();
    const milestoneId = wordsAt(goLive, "milestoneId");
    const link = (invoiceId: string) => world.ask("linkMilestone", { milestoneId, invoiceId });
    expect(await link(`in-${run}`)).toMatchObject({ code: "invoice-missing" });
    expect(await linked(milestoneId)).toBeNull();

    await world.ask("createInvoice", invoice(`in-${run}`));
    await world.ask("createInvoice", invoice(`in2-${run}`));
    const lost = world.proxy.lost();
    world.proxy.loseAnswerTo("model.project.work.write");
    await link(`in-${run}`);
    expect(world.proxy.lost()).toBe(lost + 1);
    expect(await linked(milestoneId)).toBe(`in-${run}`);
    await link(`in2-${run}`);
    expect(await linked(milestoneId)).toBe(`in-${run}`);
    expect(await milestones()).toMatchObject([
      { name: "Kick-off", invoiceId: null },
      { name: "Go-live", invoiceId: `in-${run}` },
    ]);
  });

  test.each(["999999", "MS-1"])("says so where there is no task %s", async (milestoneId) => {
    const link = { milestoneId, invoiceId: `in-${run}` };
    expect(await world.ask("linkMilestone", link)).toMatchObject({
      class: "business",
      code: "milestone-missing",
    });
  });
});
