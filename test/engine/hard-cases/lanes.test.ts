import { describe, expect, test } from "vitest";
import { contextOf } from "../../../engine/channels/shared/evaluation.ts";
import { takeItem } from "../../../engine/channels/shared/feed.ts";
import { decide, intake } from "../../../engine/core/index.ts";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import type { HttpRequest, RawOutcome } from "../../../engine/model/request.ts";
import type { Received } from "../../../engine/model/received.ts";
import { type Bench, bench as benchOf } from "../runtime/bench.ts";
import { files, ok, result } from "./kit.ts";

const minute = 60_000;
const hour = 60 * minute;

const bench = (): Promise<Bench> => benchOf({ files, world: { rules: { decide, intake } } });

let count = 0;
const event = (type: string, data: Json, more: Partial<Received> = {}): Received => ({
  channel: "event",
  source: "test",
  type,
  dedupeKey: `event-${(count += 1)}`,
  data,
  headers: {},
  ...more,
});

/** What the partners saw that changes something, in order: `POST /invoices/I-1`, `account.payment.reverse`. */
function written(world: Bench): string[] {
  const seen: string[] = [];
  world.partners.answer = ({ path }, { request, read }) => {
    if (!read) seen.push(nameOf(request));
    return answerTo(path, request);
  };
  return seen;
}

function nameOf({ method, url, body }: HttpRequest): string {
  const rpc = isJsonObject(body) ? body["method"] : undefined;
  return typeof rpc === "string"
    ? rpc.replace(/^model\./, "")
    : `${method} ${new URL(url).pathname.replace(/^\/(v1|REST\/2\.0)/, "")}`;
}

const invoice = {
  id: "I-1",
  metadata: { customer_id: "C-1" },
  currency: "eur",
  status: "open",
  subtotal: 100,
  total: 119,
  tax: 19,
};

function answerTo(path: string, request: HttpRequest): RawOutcome {
  const name = nameOf(request);
  if (name === "GET /invoices/I-1") return ok(invoice);
  if (name === "GET /invoices/I-1/lines") {
    return ok({
      data: [{ id: "l", amount: 100, currency: "eur", tax_amounts: [{ amount: 19 }] }],
      has_more: false,
    });
  }
  if (name === "POST /subscriptions")
    return ok({ id: "sub_1", status: "active", billing_cycle_anchor: 1_796_083_200 });
  if (path.endsWith("/find")) return result([]);
  if (name.endsWith("invoice.search_read") || name.endsWith("invoice.read")) {
    return result([
      {
        id: 9,
        state: "posted",
        number: "2026/1",
        total_amount: { __class__: "Decimal", decimal: "1.19" },
      },
    ]);
  }
  if (name.endsWith(".create")) return result([9]);
  if (name.endsWith(".read")) return result([{ id: 9, state: "succeeded" }]);
  return request.url.includes("erp.test") ? result(null) : ok({});
}

const flowsOf = async ({ store }: Bench, flow: string) =>
  (await store.read.runs({ flow })).map(({ status: now }) => now).sort();

describe("money", () => {
  const payment = (paymentId: string, kind: string, amount = "10.00") =>
    event("billing.payment.changed", {
      paymentId,
      chargeId: "ch_1",
      invoiceId: "I-1",
      customerId: "C-1",
      kind,
      amount,
      currency: "EUR",
    });
  const booked = (seen: readonly string[]) =>
    seen.filter((name) => /payment\.(create|reverse)$/.test(name));

  test("that goes back before it came waits beside its lane, and is booked after it", async () => {
    const world = await bench();
    const seen = written(world);
    await world.engine.receive(payment("re_1", "refunded"));
    await world.engine.idle();
    await world.advance(hour);
    expect(seen).toEqual([]);
    await world.engine.receive(payment("P-1", "paid", "30.00"));
    await world.advance(minute); // more requests than the budget has for a second
    expect(booked(seen)).toEqual(["account.payment.create", "account.payment.reverse"]);
    expect(await world.statuses()).toEqual({ done: 2 });
  });

  test("that never came is for a person after a day", async () => {
    const world = await bench();
    const seen = written(world);
    await world.engine.receive(payment("re_1", "refunded"));
    await world.engine.idle();
    await world.advance(24 * hour);
    expect(seen).toEqual([]);
    expect(await world.statuses()).toEqual({ invalid: 1 });
  });

  test("that goes back twice in equal parts goes back twice, however often it is told", async () => {
    const world = await bench();
    const seen = written(world);
    for (const [id, kind] of [
      ["P-1", "paid"],
      ["re_1", "refunded"],
      ["re_2", "refunded"],
      ["re_1", "refunded"],
    ] as const) {
      await world.engine.receive(payment(id, kind));
      await world.advance(minute);
    }
    expect(booked(seen)).toEqual([
      "account.payment.create",
      "account.payment.reverse",
      "account.payment.reverse",
    ]);
  });
});

describe("two cases on one invoice", () => {
  const linked = (caseId: string, change: string) =>
    event("case.invoice-linked", { caseId, invoiceId: "I-1", change });
  const tell = async (world: Bench, ...changes: readonly (readonly [string, string])[]) => {
    for (const [caseId, change] of changes) {
      await world.engine.receive(linked(caseId, change));
      await world.engine.idle();
    }
  };

  test("hold it once, release it with the last, and publish it a quarter of an hour later", async () => {
    const world = await bench();
    const seen = written(world);
    await tell(world, ["K-1", "raised"], ["K-2", "raised"], ["K-1", "resolved"]);
    expect(seen).toEqual(["POST /invoices/I-1"]);
    await tell(world, ["K-2", "resolved"]);
    await world.advance(14 * minute);
    expect(seen).toEqual(["POST /invoices/I-1", "POST /invoices/I-1"]);
    await world.advance(2 * minute);
    expect(seen.slice(2)).toEqual([
      "account.invoice.create",
      "account.invoice.post",
      "POST /invoices/I-1",
    ]);
    expect(await flowsOf(world, "invoice-publication")).toEqual(["done"]);
    await tell(world, ["K-1", "reopened"]);
    expect(seen).toHaveLength(5);
    expect(await world.statuses()).toEqual({ done: 6 });
  });

  test("one reopened in that time takes it back: held again at once, and not published", async () => {
    const world = await bench();
    const seen = written(world);
    await tell(world, ["K-1", "raised"], ["K-1", "resolved"]);
    await world.advance(5 * minute);
    expect(await flowsOf(world, "case-to-hold-and-release")).toEqual(["done", "released"]);
    await tell(world, ["K-1", "reopened"]);
    expect(seen).toHaveLength(3);
    await world.advance(hour);
    expect(await flowsOf(world, "invoice-publication")).toEqual([]);
    expect(await world.statuses()).toEqual({ done: 3 });
    await tell(world, ["K-1", "resolved"]);
    await world.advance(hour);
    expect(await flowsOf(world, "invoice-publication")).toEqual(["done"]);
  });
});

test("an activation that came before its subscription was answered is found", async () => {
  const world = await bench();
  written(world);
  const activated = {
    orderId: "O-1",
    subscriptionId: "sub_1",
    status: "active",
    startsOn: "2026-12-01",
  };
  await world.engine.receive(event("billing.subscription.activated", activated));
  await world.engine.idle();
  await world.advance(hour);
  await world.engine.receive(
    event("erp.order.approved", {
      orderId: "O-1",
      customerId: "C-1",
      plan: "gold",
      quantity: 1,
      startsOn: "2026-12-01",
    }),
  );
  await world.engine.idle();
  expect(await world.statuses()).toEqual({ done: 1 });
});

test("a hint by webhook and the row of the poll are one fact, followed once", async () => {
  const world = await bench();
  const { generation, engine } = world;
  const plan = generation.adapters.get("request-tracker");
  const webhook = plan?.webhooks?.["transaction"];
  const poll = plan?.polls?.["transactions"];
  if (webhook === undefined || poll === undefined) throw new Error("the feed is not there");
  const asked: string[] = [];
  world.partners.answer = (_, { request }) => {
    asked.push(nameOf(request));
    return request.url.includes("/transaction/")
      ? ok({ id: 45, Object: { type: "ticket", id: 7 } })
      : ok({ id: 7, Status: "open", CustomFields: [{ name: "Severity", values: ["high"] }] });
  };
  const body = { transaction: { id: 45, Type: "Status" }, ticket: { id: 7 } };
  const row = { id: "45", Type: "Status", Object: "" };
  const common = {
    adapter: "request-tracker",
    generation,
    context: contextOf(generation, 0, "test"),
    fetch: () => Promise.resolve(new Map<string, Json>()),
  };
  const outcomes = [];
  for (const taken of [
    await takeItem({ ...common, channel: "webhook", name: "transaction", plan: webhook }, body, {
      body,
    }),
    await takeItem({ ...common, channel: "poll", name: "transactions", plan: poll }, row, {
      body: row,
    }),
  ]) {
    if (taken.kind !== "received") throw new Error(`it was ${taken.why}`);
    outcomes.push(await engine.receive(taken.received));
    await engine.idle();
  }
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["accepted", "duplicate"]);
  // The last asks what the case was billed by: the ticket is high, and was nothing before.
  expect(asked).toEqual(["GET /transaction/45", "GET /ticket/7", "project.work.search_read"]);
  expect(await flowsOf(world, "ticket-changed")).toEqual(["done"]);
});
