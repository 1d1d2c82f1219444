import { describe, expect, test } from "vitest";
import type { Deal, Estate } from "../../../../engine/testing/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { type Call, erpClient, estateFor, matching } from "./clients.ts";

const approvalMs = 200;

function orderOf(deal: Deal, more: Record<string, unknown> = {}) {
  return {
    reference: deal.opportunityId,
    customer: deal.erpCustomer,
    currency: deal.currency,
    lines: deal.lines.map(({ sku, quantity, unitPrice, discount, amount }) => ({
      sku,
      quantity,
      unit_price: unitPrice,
      discount_percent: discount,
      amount,
    })),
    total: deal.total,
    ...more,
  };
}

async function world(): Promise<{ estate: Estate; clock: VirtualClock; erp: Call }> {
  const clock = new VirtualClock();
  const estate = await estateFor({ clock, habits: { approvalMs } });
  return { estate, clock, erp: await erpClient(estate) };
}

async function approvedOrder() {
  const { estate, clock, erp } = await world();
  const deal = estate.closeDeal();
  const { body: draft } = await erp("POST", "/orders", orderOf(deal));
  await erp("POST", `/orders/${draft.number}/confirm`, {});
  await clock.advance(approvalMs);
  return { estate, clock, erp, deal, number: draft.number };
}

const invoiceOf = (deal: Deal, order: string) => ({
  reference: "in_1",
  customer: deal.erpCustomer,
  order,
  currency: "EUR",
  issued_on: "2026-01-05",
  lines: [{ description: "work", net: "100.10", tax: "19.02" }],
  net: "100.10",
  tax: "19.02",
  total: "119.12",
});

describe("the ERP's sessions", () => {
  test("end when idle, and live on while used", async () => {
    const { clock, erp } = await world();
    await clock.advance(800_000);
    expect((await erp("GET", "/payment-terms")).status).toBe(200);
    await clock.advance(800_000);
    expect((await erp("GET", "/payment-terms")).status).toBe(200);
    await clock.advance(900_000);
    expect(await erp("GET", "/payment-terms")).toMatchObject({
      status: 401,
      body: { error: { code: "SESSION_EXPIRED" } },
    });
  });
});

describe("the ERP's orders", () => {
  test("are made, confirmed, approved after a while, and make milestones and entitlements", async () => {
    const { estate, erp, deal, number } = await approvedOrder();
    const { body: order } = await erp("GET", `/orders/${number}`);
    expect(order).toMatchObject({ state: "approved", total: deal.total, version: 3 });
    const { body: milestones } = await erp("GET", `/orders/${number}/milestones`);
    expect(milestones.items).toMatchObject([{ billable: true, invoice: null }]);
    const { body: entitled } = await erp("GET", `/entitlements?customer=${deal.erpCustomer}`);
    expect(entitled.items[0]).toMatchObject({ sla: "silver", ends_on: "2027-01-01" });
    expect((await erp("GET", "/entitlements?asset=SN-1")).status).toBe(400);
    const { body: assets } = await erp("GET", `/assets?customer=${deal.erpCustomer}`);
    expect(assets.items.map((asset) => asset.sku)).toEqual(["GW-100", "SN-200"]);
    expect(estate.ledger.ordersByReference(deal.opportunityId)).toHaveLength(1);
    expect(estate.ledger.sum({ effect: "order.created" })).toBe(deal.total);
  });

  test("may share a reference: who does not look first makes a duplicate, and the ledger tells", async () => {
    const { estate, erp } = await world();
    const deal = estate.closeDeal();
    await erp("POST", "/orders", orderOf(deal));
    expect(estate.ledger.duplicates()).toEqual([]);
    await erp("POST", "/orders", orderOf(deal));
    const { body } = await erp("GET", `/orders?reference=${deal.opportunityId}`);
    expect(body.items).toHaveLength(2);
    expect(estate.ledger.duplicates()).toMatchObject([
      { system: "erp", effect: "order.created", reference: deal.opportunityId },
    ]);
  });

  test("are confirmed and cancelled once, however often they are asked", async () => {
    const { estate, erp } = await world();
    const deal = estate.closeDeal({ lines: [{ sku: "KIT-10", quantity: 3 }] });
    const { body: draft } = await erp("POST", "/orders", orderOf(deal));
    const available = async () => (await erp("GET", "/products/SN-200")).body.available;
    const before = await available();
    for (let count = 0; count < 2; count += 1) {
      const { body } = await erp("POST", `/orders/${draft.number}/confirm`, {});
      expect(body.state).toBe("confirmed");
    }
    expect(await available()).toBe(before - 30);
    for (let count = 0; count < 2; count += 1) {
      const { body } = await erp("POST", `/orders/${draft.number}/cancel`, { reason: "undone" });
      expect(body.state).toBe("cancelled");
    }
    expect(await available()).toBe(before);
    expect(estate.ledger.count({ effect: "order.confirmed" })).toBe(1);
    expect(estate.ledger.count({ effect: "order.cancelled" })).toBe(1);
  });

  test("must add up to the cent", async () => {
    const { estate, erp } = await world();
    const line = { sku: "SN-200", quantity: 7, discount: "12.5" };
    const deal = estate.closeDeal({ lines: [line] });
    expect(deal.total).toBe("395.06");
    const wrongTotal = await erp("POST", "/orders", orderOf(deal, { total: "395.07" }));
    expect(wrongTotal).toMatchObject({ status: 422, body: { error: { code: "TOTAL_WRONG" } } });
    const lines = orderOf(deal).lines.map((one) => ({ ...one, amount: "395.07" }));
    const wrongLine = await erp("POST", "/orders", orderOf(deal, { lines }));
    expect(wrongLine.body.error).toMatchObject({
      code: "LINE_AMOUNT_WRONG",
      field: "lines[0].amount",
    });
    const number = orderOf(deal).lines.map((one) => ({ ...one, unit_price: 64.5 }));
    const asNumber = await erp("POST", "/orders", orderOf(deal, { lines: number }));
    expect(asNumber).toMatchObject({ status: 400, body: { error: { field: "unit_price" } } });
    expect(estate.ledger.count()).toBe(0);
  });

  test("are refused with all reasons together", async () => {
    const { estate, erp } = await world();
    const deal = estate.closeDeal({
      variations: ["credit-hold", "missing-tax-jurisdiction", "unavailable-part"],
    });
    const { body: draft } = await erp("POST", "/orders", orderOf(deal));
    const { status, body } = await erp("POST", `/orders/${draft.number}/confirm`, {});
    expect(status).toBe(422);
    const codes = body.error.details.violations.map((one) => one.code);
    expect(codes).toEqual(deal.refusals);
    expect(body.error.code).toBe("CREDIT_HOLD");
  });
});

describe("the ERP's customers", () => {
  const lumen = { name: "Lumen", currency: "EUR", ship_to: { country: "DE", city: "Ulm" } };

  test("change only for who read the latest version", async () => {
    const { erp } = await world();
    const { body: made } = await erp("POST", "/customers", lumen);
    const path = `/customers/${made.code}`;
    expect((await erp("PATCH", path, { email: "a@lumen.example" })).status).toBe(428);
    const changed = await erp("PATCH", path, { version: 1, email: "a@lumen.example" });
    expect(changed).toMatchObject({ status: 200, body: { version: 2, email: "a@lumen.example" } });
    const moved = await erp("PATCH", path, { version: 2, ship_to: { city: "Bonn" } });
    expect(moved).toMatchObject({ body: { version: 3, ship_to: { city: "Bonn", country: "DE" } } });
    expect(await erp("PATCH", path, { version: 1, email: "b@lumen.example" })).toMatchObject({
      status: 409,
      body: { error: { code: "VERSION_CONFLICT", details: { version: 3 } } },
    });
  });

  test("have credit that open orders use up, and tax by where they are", async () => {
    const { erp, deal } = await approvedOrder();
    const { body: credit } = await erp("GET", `/customers/${deal.erpCustomer}/credit`);
    expect(credit).toMatchObject({ open_orders: deal.total, hold: false });
    const { body: tax } = await erp("GET", `/customers/${deal.erpCustomer}/tax`);
    expect(tax).toMatchObject({ jurisdiction: matching(expect.any(String)), missing: [] });
    const usa = { ...lumen, ship_to: { country: "US", city: "Springfield" } };
    const { body: other } = await erp("POST", "/customers", usa);
    const { body: none } = await erp("GET", `/customers/${other.code}/tax`);
    expect(none).toMatchObject({ jurisdiction: null, missing: ["ship_to.region"] });
  });

  test("refuse an unknown parent and payment term, and a missing address", async () => {
    const { erp } = await world();
    const codes = [
      await erp("POST", "/customers", { ...lumen, parent: "C-9" }),
      await erp("POST", "/customers", { ...lumen, payment_term: "NET45" }),
      await erp("POST", "/customers", { name: "x", currency: "EUR" }),
    ].map(({ status, body }) => `${status} ${body.error.code}`);
    expect(codes).toEqual(["422 PARENT_UNKNOWN", "422 PAYMENT_TERM_UNKNOWN", "400 BAD_REQUEST"]);
  });
});

test("availability counts parts of bundles over all lines", async () => {
  const { estate, erp } = await world();
  estate.erp.catalogue.setStock("GW-100", 3);
  const lines = [
    { sku: "GW-100", quantity: 2 },
    { sku: "KIT-10", quantity: 2 },
  ];
  const { body } = await erp("POST", "/availability", { lines });
  expect(body).toMatchObject({
    available: false,
    lines: [
      { available: true },
      { available: false, short: 1, parts: [{ short: 1 }, { short: 0 }] },
    ],
  });
});

test("the change feed goes on from a cursor and says who changed what", async () => {
  const { erp, number } = await approvedOrder();
  const { body: all } = await erp("GET", "/changes?after=0&limit=200");
  const orders = all.changes.filter((change) => change.entity === "order");
  expect(orders).toMatchObject([
    { key: number, kind: "created", data: { changed_by: "integration" } },
    { key: number, kind: "confirmed", data: { changed_by: "integration" } },
    { key: number, kind: "approved", data: { changed_by: "system", state: "approved" } },
  ]);
  const { body: first } = await erp("GET", "/changes?limit=2");
  expect(first).toMatchObject({ next: 2, more: true });
  const { body: rest } = await erp("GET", "/changes?after=2&limit=200");
  expect([...first.changes, ...rest.changes]).toEqual(all.changes);
});

test("lists come in pages", async () => {
  const { erp } = await world();
  const { body: first } = await erp("GET", "/payment-terms?limit=3");
  expect(first).toMatchObject({ items: { length: 3 }, next: "NET60" });
  const { body: rest } = await erp("GET", `/payment-terms?limit=3&after=${first.next}`);
  expect(rest).toMatchObject({ items: [{ code: "PREPAID" }], next: null });
});

describe("the ERP's receivables", () => {
  test("post an invoice, take payments to the cent, and give some back", async () => {
    const { estate, erp, deal, number } = await approvedOrder();
    const { body: invoice } = await erp("POST", "/invoices", invoiceOf(deal, number));
    await erp("POST", `/invoices/${invoice.number}/post`, {});
    const receive = (reference: string, kind: string, amount: string) =>
      erp("POST", "/receipts", {
        reference,
        kind,
        amount,
        invoice: invoice.number,
        currency: "EUR",
        received_on: "2026-01-06",
      });
    const open = async () => {
      const { body } = await erp("GET", `/invoices/${invoice.number}`);
      return `${body.state} ${body.open_amount}`;
    };
    await receive("ch_1", "payment", "100.00");
    expect(await open()).toBe("posted 19.12");
    expect((await receive("ch_2", "payment", "19.13")).body.error.code).toBe("AMOUNT_TOO_HIGH");
    await receive("ch_2", "payment", "19.12");
    expect(await open()).toBe("paid 0.00");
    await receive("re_1", "refund", "9.12");
    expect(await open()).toBe("posted 9.12");
    expect(estate.ledger.sum({ effect: "receipt.created", reference: "ch_1" })).toBe("100.00");
    expect((await erp("GET", "/receipts?reference=ch_2")).body.items).toHaveLength(1);
    const cancel = await erp("POST", `/orders/${number}/cancel`, { reason: "late" });
    expect(cancel.body.error.code).toBe("ORDER_INVOICED");
  });

  test("refuse a closed period and say when it opens", async () => {
    const { estate, erp, deal, number } = await approvedOrder();
    estate.person.closePeriod("2026-01", "2026-02-01");
    const { body: invoice } = await erp("POST", "/invoices", invoiceOf(deal, number));
    const { status, body } = await erp("POST", `/invoices/${invoice.number}/post`, {});
    expect({ status, error: body.error }).toMatchObject({
      status: 422,
      error: { code: "PERIOD_CLOSED", details: { reopens_on: "2026-02-01" } },
    });
  });

  test("hold a dispute as an absolute status, and credit at most the total", async () => {
    const { estate, erp, deal, number } = await approvedOrder();
    const { body: invoice } = await erp("POST", "/invoices", invoiceOf(deal, number));
    const dispute = { status: "disputed", case: "5001" };
    for (let count = 0; count < 2; count += 1) {
      const { body } = await erp("POST", `/invoices/${invoice.number}/dispute`, dispute);
      expect(body).toMatchObject({ dispute_status: "disputed", dispute_case: "5001" });
    }
    expect(estate.ledger.count({ effect: "invoice.disputed" })).toBe(1);
    const memo = { invoice: invoice.number, currency: "EUR", case: "5001" };
    const first = await erp("POST", "/credit-memos", { ...memo, reference: "a", amount: "19.12" });
    expect(first.status).toBe(201);
    const more = await erp("POST", "/credit-memos", { ...memo, reference: "b", amount: "100.01" });
    expect(more.body.error.code).toBe("AMOUNT_TOO_HIGH");
  });

  test("spread revenue over months without losing a cent", async () => {
    const { erp, number } = await approvedOrder();
    const { body } = await erp("POST", "/revenue-schedules", {
      order: number,
      subscription: "sub_1",
      starts_on: "2026-01-31",
      months: 7,
      total: "100.00",
      currency: "EUR",
    });
    expect(body.entries.map((entry) => entry.month)).toEqual(
      ["01", "02", "03", "04", "05", "06", "07"].map((month) => `2026-${month}`),
    );
    const amounts = body.entries.map((entry) => entry.amount);
    expect(amounts).toEqual(["14.29", "14.29", "14.29", "14.29", "14.28", "14.28", "14.28"]);
  });

  test("earn in each month what they are told to, if no cent is missing", async () => {
    const { erp, number } = await approvedOrder();
    const schedule = (...amounts: readonly string[]) => ({
      order: number,
      subscription: "sub_1",
      starts_on: "2026-01-31",
      months: 2,
      total: "100.00",
      currency: "EUR",
      entries: amounts.map((amount, index) => ({ month: `2026-0${index + 1}`, amount })),
    });
    const { body } = await erp("POST", "/revenue-schedules", schedule("10.00", "90.00"));
    expect(body.entries.map((entry) => entry.amount)).toEqual(["10.00", "90.00"]);
    for (const wrong of [
      schedule("10.00", "90.01"),
      schedule("100.00"),
      schedule("1.00", "1.00", "98.00"),
    ]) {
      expect((await erp("POST", "/revenue-schedules", wrong)).status).toBe(400);
    }
  });
});
