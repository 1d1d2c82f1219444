import { expect, test } from "vitest";
import { createPolls } from "../../../engine/channels/poll/index.ts";
import { contextOf } from "../../../engine/channels/shared/evaluation.ts";
import { takeItem } from "../../../engine/channels/shared/feed.ts";
import { digest } from "../../../engine/composition/digest.ts";
import type { Json } from "../../../engine/model/json.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";
import { memoryLog, secretsOf } from "../channels/plans.ts";
import { checkpoints, MemoryReceiver, settle } from "../channels/receiver.ts";
import { files, ok, start } from "./kit.ts";

const { generation } = compileWorkspace(files, { digest });
if (generation === undefined) throw new Error("the workspace does not compile");

test("a feed without a last page is read by id until nothing comes, and goes on before where it ended", async () => {
  const clock = new VirtualClock(start);
  const receiver = new MemoryReceiver(generation);
  const memory = checkpoints();
  const rows = [
    { id: 101, Type: "Create" },
    { id: 102, Type: "EmailRecord" },
    { id: 103, Type: "Status" },
  ];
  const asked: string[] = [];
  const polls = createPolls({
    receiver,
    room: () => 100,
    clock,
    log: memoryLog(),
    ids: new SeededIds(1),
    secrets: secretsOf({}),
    send: async ({ request }) => {
      const query = String(request.query?.["query"]);
      asked.push(query);
      const after = Number(/id > (\d+)$/.exec(query)?.[1]);
      return ok({
        items: rows
          .filter(({ id }) => id > after)
          .sort((a, b) => a.id - b.id)
          .slice(0, 2),
      });
    },
    ...memory,
  });
  polls.follow(generation);
  await settle();
  // One that was committed late, with a smaller id than the last that was seen.
  rows.push({ id: 99, Type: "Set" });
  await clock.advance(60_000, settle);
  await polls.stop();
  const at = (id: number) => `ObjectType='RT::Ticket' AND id > ${id}`;
  expect(asked.slice(0, 3)).toEqual([at(0), at(102), at(103)]);
  expect(asked[3]).toBe(at(53));
  expect(receiver.received.map(({ source, dedupeKey, data }) => [source, dedupeKey, data])).toEqual(
    [
      ["request-tracker.transactions", "rt-101", { transactionId: "101" }],
      ["request-tracker.transactions", "rt-103", { transactionId: "103" }],
      ["request-tracker.transactions", "rt-99", { transactionId: "99" }],
    ],
  );
});

const plan = generation.adapters.get("stripe")?.webhooks?.["events"];
const take = async (type: string, object: Json) => {
  if (plan === undefined) throw new Error("the webhook is not there");
  const body = { id: `evt_${type}`, type, created: 1_795_000_000, data: { object } };
  const context = contextOf(generation, start, "test");
  const fetch = () => Promise.resolve(new Map<string, Json>());
  const common = { adapter: "stripe", name: "events", generation, context, fetch };
  return takeItem({ ...common, channel: "webhook", plan }, body, { body });
};

const metadata = { customer_id: "C-1" };
const paid = {
  id: "in_1",
  payment_intent: "pi_1",
  charge: "ch_1",
  amount_paid: 3606,
  amount_remaining: 0,
  currency: "eur",
  metadata,
};

test.each<[string, Json, string, Json]>([
  ["invoice.finalized", { id: "in_1" }, "billing.invoice.finalized", { invoiceId: "in_1" }],
  [
    "invoice.paid",
    paid,
    "billing.payment.changed",
    {
      paymentId: "pi_1",
      chargeId: "ch_1",
      invoiceId: "in_1",
      customerId: "C-1",
      kind: "paid",
      amount: "36.06",
      currency: "EUR",
    },
  ],
  [
    "invoice.paid",
    { ...paid, amount_remaining: 1 },
    "billing.payment.changed",
    {
      paymentId: "pi_1",
      chargeId: "ch_1",
      invoiceId: "in_1",
      customerId: "C-1",
      kind: "partial",
      amount: "36.06",
      currency: "EUR",
    },
  ],
  [
    "charge.refunded",
    {
      id: "ch_1",
      invoice: null,
      currency: "eur",
      metadata,
      refunds: {
        data: [
          { id: "re_2", amount: 1000 },
          { id: "re_1", amount: 1000 },
        ],
      },
    },
    "billing.payment.changed",
    {
      paymentId: "re_2",
      chargeId: "ch_1",
      invoiceId: null,
      customerId: "C-1",
      kind: "refunded",
      amount: "10.00",
      currency: "EUR",
    },
  ],
  [
    "charge.dispute.created",
    { id: "dp_1", charge: "ch_1", amount: 3606, currency: "jpy", metadata },
    "billing.payment.changed",
    {
      paymentId: "dp_1",
      chargeId: "ch_1",
      invoiceId: null,
      customerId: "C-1",
      kind: "charged-back",
      amount: "3606",
      currency: "JPY",
    },
  ],
])("one endpoint takes %s for what it is", async (type, object, event, data) => {
  expect(await take(type, object)).toMatchObject({
    kind: "received",
    received: { type: event, data, dedupeKey: `evt_${type}`, time: 1_795_000_000_000 },
  });
});

test("what nobody asked for is counted and not kept; what cannot be read is kept for a person", async () => {
  expect(await take("customer.updated", {})).toEqual({ kind: "ignored", why: "no-rule" });
  expect(await take("invoice.paid", { id: "in_1" })).toMatchObject({
    kind: "received",
    received: { invalid: { code: "mapping/absent-path" } },
  });
});

test("a webhook takes two secrets while one is being rotated", () => {
  expect(plan?.verify).toMatchObject({ kind: "hmac", value: ["BILLING_SIGNS", "BILLING_SIGNED"] });
});
