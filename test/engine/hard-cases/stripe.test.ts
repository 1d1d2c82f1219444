import { describe, expect, test } from "vitest";
import { lost, ok, operate, start, status } from "./kit.ts";

const order = {
  orderId: "O-1",
  customerId: "cus_1",
  plan: "price_gold",
  quantity: 2,
  startsOn: "2026-12-01",
};
const subscription = { id: "sub_1", status: "incomplete", billing_cycle_anchor: 1_796_083_200 };
const day = 86_400_000;

describe("a subscription", () => {
  test("is made by a form, under a key", async () => {
    const { seen, output } = await operate("billing.createSubscription", order, () =>
      ok(subscription),
    );
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "http://billing.test/v1/subscriptions",
        headers: { "stripe-version": "2020-08-27" },
        body: {
          customer: "cus_1",
          items: [{ price: "price_gold", quantity: 2 }],
          metadata: { order_id: "O-1" },
          billing_cycle_anchor: 1_796_083_200,
        },
      },
    ]);
    expect(seen[0]?.key).toMatch(/./);
    expect(output).toEqual({
      orderId: "O-1",
      subscriptionId: "sub_1",
      status: "incomplete",
      startsOn: "2026-12-01",
    });
  });

  test("in doubt is sent again under its key, while the partner knows the key", async () => {
    const { seen, output } = await operate("billing.createSubscription", order, (_, count) =>
      count === 1 ? lost : ok(subscription),
    );
    expect(seen.map(({ name }) => name)).toEqual(["request", "request"]);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(output).toMatchObject({ subscriptionId: "sub_1" });
  });

  test("in doubt is looked up when the key is forgotten, and taken when it is there", async () => {
    const { names, seen, output } = await operate(
      "billing.createSubscription",
      order,
      ({ name }) => (name === "request" ? lost : ok({ data: [subscription] })),
      { patient: true },
    );
    expect(names).toEqual(["request", "request?"]);
    expect(seen[1]).toMatchObject({
      method: "GET",
      query: { query: "metadata['order_id']:'O-1'" },
      read: true,
    });
    expect(output).toMatchObject({ subscriptionId: "sub_1" });
  });

  test("and sent again when it is not", async () => {
    const { names, seen } = await operate(
      "billing.createSubscription",
      order,
      ({ name, at }) =>
        name === "request" ? (at < start + day ? lost : ok(subscription)) : ok({ data: [] }),
      { patient: true },
    );
    expect(names).toEqual(["request", "request?", "request"]);
    expect(seen[2]?.key).toBe(seen[0]?.key);
  });

  test("that was refused for certain needs no look-up a day later", async () => {
    const { names } = await operate(
      "billing.createSubscription",
      order,
      (_, count) => (count === 1 ? status(409) : ok(subscription)),
      { patient: true },
    );
    expect(names).toEqual(["request", "request"]);
  });

  test("a card that is refused is a business failure, and another body under the key is ours", async () => {
    const card = await operate("billing.createSubscription", order, () =>
      status(402, { error: { message: "insufficient funds" } }),
    );
    expect(card.rehearsed.status).toBe("failed");
    expect(card.error).toMatchObject({
      class: "business",
      code: "card-refused",
      message: "insufficient funds",
    });
    const key = await operate("billing.createSubscription", order, () =>
      status(400, { error: { type: "idempotency_error" } }),
    );
    expect(key.rehearsed.status).toBe("invalid");
  });
});

describe("pages", () => {
  const line = (id: string, amount: number) => ({
    id,
    amount,
    currency: "eur",
    tax_amounts: [{ amount: 19 }],
  });

  test("are followed by cursor to the last, each a request of its own", async () => {
    const { seen, output } = await operate(
      "billing.listInvoiceLines",
      { invoiceId: "in_1" },
      ({ query }) =>
        query?.["starting_after"] === undefined
          ? ok({ data: [line("a", 1010), line("b", 20)], has_more: true })
          : query["starting_after"] === "b"
            ? ok({ data: [line("c", 5)], has_more: true })
            : ok({ data: [line("d", 0)], has_more: false }),
    );
    expect(seen.map(({ name, query }) => [name, query?.["starting_after"]])).toEqual([
      ["request", undefined],
      ["request#1", "b"],
      ["request#2", "c"],
    ]);
    expect(output).toEqual({
      lines: [
        { lineId: "a", amount: "10.10", taxes: ["0.19"] },
        { lineId: "b", amount: "0.20", taxes: ["0.19"] },
        { lineId: "c", amount: "0.05", taxes: ["0.19"] },
        { lineId: "d", amount: "0.00", taxes: ["0.19"] },
      ],
    });
  });

  test("one line, or no tax, is a list all the same", async () => {
    const { output } = await operate("billing.listInvoiceLines", { invoiceId: "in_1" }, () =>
      ok({ data: [{ ...line("a", 1), tax_amounts: [] }], has_more: false }),
    );
    expect(output).toEqual({ lines: [{ lineId: "a", amount: "0.01", taxes: [] }] });
  });

  test("a page that is lost is asked for again, and the ones before it are not", async () => {
    const { names, output } = await operate(
      "billing.listInvoiceLines",
      { invoiceId: "in_1" },
      ({ name }, count) =>
        name === "request"
          ? ok({ data: [line("a", 1)], has_more: true })
          : count === 1
            ? lost
            : ok({ data: [line("b", 2)], has_more: false }),
    );
    expect(names).toEqual(["request", "request#1", "request#1"]);
    expect(output).toMatchObject({ lines: [{ lineId: "a" }, { lineId: "b" }] });
  });

  test("more rows than may be are a failure, never cut off", async () => {
    const many = Array.from({ length: 100 }, (_, n) => line(`l${n}`, 1));
    const { names, rehearsed } = await operate(
      "billing.listInvoiceLines",
      { invoiceId: "in_1" },
      () => ok({ data: many, has_more: true }),
    );
    expect(names).toHaveLength(51);
    expect(rehearsed.status).toBe("invalid");
  });
});
