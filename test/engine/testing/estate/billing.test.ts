import { describe, expect, test } from "vitest";
import type { Estate } from "../../../../engine/testing/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { billingClient, estateFor, hmac, receiverFor, send } from "./clients.ts";

const activationMs = 300;

async function world() {
  const clock = new VirtualClock();
  const estate = await estateFor({ clock, habits: { activationMs, finalizeMs: 1_000 } });
  return { clock, estate, billing: billingClient(estate) };
}

async function customerOf(estate: Estate, country = "DE"): Promise<string> {
  const form = { name: "Lumen", email: "pay@lumen.example", "address[country]": country };
  const { body } = await billingClient(estate)("POST", "/customers", form);
  return body.id;
}

function subscriptionOf(customer: string) {
  return {
    customer,
    "items[0][price]": "price_platform_annual",
    "items[0][quantity]": "2",
    "metadata[order_number]": "SO-1",
  };
}

describe("billing's door", () => {
  test("wants the key", async () => {
    const estate = await estateFor();
    const bare = await send(`${estate.urls.billing}/v1/customers`, { method: "GET" });
    expect(bare).toMatchObject({ status: 401, body: { error: { type: "invalid_request_error" } } });
  });

  test("says what is missing, in Stripe's form", async () => {
    const { billing } = await world();
    expect(await billing("POST", "/subscriptions", {})).toMatchObject({
      status: 400,
      body: { error: { code: "parameter_missing", param: "customer" } },
    });
    expect(await billing("POST", "/subscriptions", subscriptionOf("cus_none"))).toMatchObject({
      status: 400,
      body: { error: { code: "resource_missing", param: "customer" } },
    });
    expect((await billing("GET", "/customers/cus_none")).status).toBe(404);
  });
});

describe("a price that a subscription brings along", () => {
  const agreed = (customer: string, more: Readonly<Record<string, string>>) => ({
    customer,
    "items[0][price_data][currency]": "usd",
    "items[0][price_data][product]": "prod_platform_annual",
    "items[0][price_data][recurring][interval]": "year",
    "items[0][quantity]": "3",
    "metadata[order_number]": "SO-1",
    ...more,
  });

  test("is what is charged, in its own currency, to the cent", async () => {
    const { estate, billing } = await world();
    const customer = await customerOf(estate, "US");
    const decimals = { "items[0][price_data][unit_amount_decimal]": "83157.6666" };
    const { body: made } = await billing("POST", "/subscriptions", agreed(customer, decimals));
    expect(made).toMatchObject({
      currency: "usd",
      items: { data: [{ price: { unit_amount: null, lookup_key: null, currency: "usd" } }] },
    });
    const { latest_invoice: invoice } = made as unknown as { latest_invoice: string };
    expect((await billing("GET", `/invoices/${invoice}`)).body).toMatchObject({
      currency: "usd",
      total: 249_473,
    });
    // Its currency stays what it is.
    const listed = { "items[0][price]": "price_platform_annual", "items[0][quantity]": "1" };
    expect(await billing("POST", `/subscriptions/${made.id}`, listed)).toMatchObject({
      status: 400,
      body: { error: { param: "items" } },
    });
  });

  test("says its amount once, and of which product it is", async () => {
    const { estate, billing } = await world();
    const customer = await customerOf(estate);
    const whole = { "items[0][price_data][unit_amount]": "456000" };
    const twice = { ...whole, "items[0][price_data][unit_amount_decimal]": "456000.5" };
    const stray = { ...whole, "items[0][price_data][product]": "prod_none" };
    for (const [more, param] of [
      [{}, "items[0][price_data]"],
      [twice, "items[0][price_data]"],
      [stray, "items[0][price_data][product]"],
    ] as const) {
      expect(await billing("POST", "/subscriptions", agreed(customer, more))).toMatchObject({
        status: 400,
        body: { error: { param } },
      });
    }
    expect((await billing("POST", "/subscriptions", agreed(customer, whole))).status).toBe(200);
  });
});

describe("an idempotency key", () => {
  test("gives the first answer again, and no second customer", async () => {
    const { estate } = await world();
    const billing = billingClient(estate, "key-1");
    const first = await billing("POST", "/customers", { name: "Lumen" });
    const again = await billing("POST", "/customers", { name: "Lumen" });
    expect(again.body).toEqual(first.body);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(estate.ledger.count({ effect: "customer.created" })).toBe(1);
  });

  test("is refused with another body", async () => {
    const { estate } = await world();
    const billing = billingClient(estate, "key-1");
    await billing("POST", "/customers", { name: "Lumen" });
    expect(await billing("POST", "/customers", { name: "Other" })).toMatchObject({
      status: 400,
      body: { error: { type: "idempotency_error" } },
    });
  });

  test("is forgotten after a day: who waits longer must look first", async () => {
    const { estate, clock } = await world();
    const billing = billingClient(estate, "key-1");
    await billing("POST", "/customers", { name: "Lumen" });
    await clock.advance(86_400_000);
    await billing("POST", "/customers", { name: "Lumen" });
    expect(estate.ledger.count({ effect: "customer.created" })).toBe(2);
  });

  test("does not keep a refusal", async () => {
    const { estate } = await world();
    const billing = billingClient(estate, "key-1");
    expect((await billing("POST", "/subscriptions", {})).status).toBe(400);
    const customer = await customerOf(estate);
    expect((await billing("POST", "/subscriptions", subscriptionOf(customer))).status).toBe(200);
  });
});

describe("a subscription", () => {
  test("becomes active after a while, and says so by a signed event", async () => {
    const { estate, clock, billing } = await world();
    const receiver = await receiverFor();
    const customer = await customerOf(estate);
    estate.webhooks.to("billing", receiver.url);
    const { body: made } = await billing("POST", "/subscriptions", subscriptionOf(customer));
    expect(made).toMatchObject({
      status: "incomplete",
      metadata: { order_number: "SO-1" },
      items: { data: [{ quantity: 2, price: { lookup_key: "platform-annual" } }] },
    });
    await estate.webhooks.idle();
    expect(receiver.received.map(({ body }) => body.type)).toEqual([
      "invoice.created",
      "invoice.finalized",
      "customer.subscription.created",
    ]);
    await clock.advance(activationMs);
    await estate.webhooks.idle();
    const activated = receiver.received.at(-1);
    expect(activated?.body).toMatchObject({
      type: "customer.subscription.updated",
      data: {
        object: { id: made.id, status: "active" },
        previous_attributes: { status: "incomplete" },
      },
      request: { id: null, idempotency_key: null },
    });
    const [, time, signature] =
      /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(activated?.headers["stripe-signature"])) ?? [];
    const secret = estate.environment()["BILLING_WEBHOOK_SECRET"];
    expect(signature).toBe(hmac(secret, `${time}.${activated?.text}`, "hex"));
    expect(Number(time)).toBe(Math.floor(clock.now() / 1000));
  });

  test("is found by metadata, cancelled, and then gone for updates", async () => {
    const { estate, clock, billing } = await world();
    const customer = await customerOf(estate);
    const { body: made } = await billing("POST", "/subscriptions", subscriptionOf(customer));
    const query = encodeURIComponent("metadata['order_number']:'SO-1'");
    const { body: found } = await billing("GET", `/subscriptions/search?query=${query}`);
    expect(found.data).toMatchObject([{ id: made.id }]);
    expect((await billing("DELETE", `/subscriptions/${made.id}`)).body.status).toBe("canceled");
    expect((await billing("DELETE", `/subscriptions/${made.id}`)).status).toBe(404);
    await clock.advance(activationMs);
    expect((await billing("GET", `/subscriptions/${made.id}`)).body.status).toBe("canceled");
  });

  test("bills quantity, price and tax in whole minor units", async () => {
    const { estate, billing } = await world();
    const customer = await customerOf(estate);
    await billing("POST", "/subscriptions", subscriptionOf(customer));
    const { body } = await billing("GET", `/invoices?customer=${customer}`);
    expect(body.data).toMatchObject([
      { subtotal: 960_000, tax: 182_400, total: 1_142_400, status: "open", number: "SLC-00001" },
    ]);
  });
});

describe("an invoice", () => {
  test("is held and released by auto_advance and metadata, and goes on after", async () => {
    const { estate, clock, billing } = await world();
    const customer = await customerOf(estate);
    const { body: draft } = await billing("POST", "/invoices", { customer, auto_advance: "true" });
    const item = { customer, invoice: draft.id, amount: "1050", description: "work" };
    await billing("POST", "/invoiceitems", item);
    const path = `/invoices/${draft.id}`;
    await billing("POST", path, { auto_advance: "false", "metadata[hold]": "case-7" });
    await clock.advance(2_000);
    expect((await billing("GET", path)).body).toMatchObject({ status: "draft", total: 1_250 });
    const { body } = await billing("POST", path, { auto_advance: "true", "metadata[hold]": "" });
    expect(body).toMatchObject({ auto_advance: true, metadata: {} });
    await clock.advance(2_000);
    expect((await billing("GET", path)).body.status).toBe("open");
    const effects = estate.ledger.effects({ id: draft.id }).map((row) => row.effect);
    expect(effects).toEqual([
      "invoice.created",
      "invoice.held",
      "invoice.released",
      "invoice.finalized",
    ]);
  });

  test("that is paid cannot be held", async () => {
    const { estate, billing } = await world();
    const customer = await customerOf(estate);
    const lines = [{ description: "work", amount: 1000 }];
    const { id } = estate.person.bill({ customer, lines });
    await billing("POST", `/invoices/${id}/pay`, {});
    const held = await billing("POST", `/invoices/${id}`, {
      auto_advance: "false",
    });
    expect(held.body.error.code).toBe("invoice_not_editable");
  });

  test("shows ten lines, and all of them page by page", async () => {
    const { estate, billing } = await world();
    const customer = await customerOf(estate, "XX");
    const lines = Array.from({ length: 23 }, (_, at) => ({
      description: `l${at}`,
      amount: 100 + at,
    }));
    const invoice = estate.person.bill({ customer, lines });
    expect(invoice).toMatchObject({ lines: { data: { length: 10 }, has_more: true }, tax: 0 });
    const path = `/invoices/${invoice.id}/lines?limit=10`;
    const amounts: unknown[] = [];
    let after = "";
    for (let page = 0; page < 3; page += 1) {
      const { body } = await billing("GET", `${path}${after}`);
      amounts.push(...body.data.map((line) => line.amount));
      expect(body).toMatchObject({ has_more: page < 2 });
      after = `&starting_after=${body.data.at(-1)?.id}`;
    }
    expect(amounts).toEqual(lines.map((line) => line.amount));
  });

  test("is paid in part, whole, refunded, charged back and credited, each once", async () => {
    const { estate, billing } = await world();
    const receiver = await receiverFor();
    const customer = await customerOf(estate, "XX");
    const bill = estate.person.bill({ customer, lines: [{ description: "work", amount: 1000 }] });
    const id = bill.id;
    estate.webhooks.to("billing", receiver.url);
    estate.person.pay(id, "failed");
    estate.person.pay(id, "partial", 400);
    estate.person.pay(id, "paid");
    const { body: paid } = await billing("GET", `/invoices/${id}`);
    expect(paid).toMatchObject({ status: "paid", amount_paid: 1000, amount_remaining: 0 });
    estate.person.pay(id, "refunded", 100);
    estate.person.pay(id, "refunded", 100);
    estate.person.pay(id, "charged-back");
    const credit = (amount: string) =>
      billing("POST", "/credit_notes", { invoice: id, amount, reason: "product_unsatisfactory" });
    expect((await credit("800")).status).toBe(200);
    expect((await credit("201")).status).toBe(400);
    await estate.webhooks.idle();
    expect(receiver.received.map(({ body }) => body.type)).toEqual([
      "invoice.payment_failed",
      "charge.succeeded",
      "invoice.updated",
      "charge.succeeded",
      "invoice.paid",
      "charge.refunded",
      "charge.refunded",
      "charge.dispute.created",
      "credit_note.created",
    ]);
    expect(estate.ledger.sum({ effect: "charge.succeeded" })).toBe("10.00");
    expect(estate.ledger.sum({ effect: "refund.created" })).toBe("2.00");
  });
});

test("every event can be read again, newest first, sent or lost", async () => {
  const { estate, billing } = await world();
  estate.billing.faults.next({ kind: "lose-webhook", times: "always" });
  await customerOf(estate);
  await customerOf(estate);
  const { body: first } = await billing("GET", "/events?limit=1&type=customer.created");
  expect(first).toMatchObject({ data: { length: 1 }, has_more: true });
  const newest = first.data[0]?.id;
  const { body: older } = await billing("GET", `/events?starting_after=${newest}`);
  const { body: newer } = await billing("GET", `/events?ending_before=${older.data[0]?.id}`);
  expect(newer.data).toMatchObject([{ id: newest }]);
});
