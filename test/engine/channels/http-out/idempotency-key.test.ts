import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { digest } from "../../../../engine/composition/digest.ts";
import type { Delivery } from "../../../../engine/model/delivery.ts";
import type { AdapterPlan } from "../../../../engine/model/plan/adapter.ts";
import type { HttpRequest } from "../../../../engine/model/request.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import { adapter, at, containing, delivery, generation, memoryLog, secretsOf } from "../plans.ts";

/** Where our key for an effect goes: header, query or body, as the vendor wants it. */

const effectKey = digest("order 7");
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function send(
  idempotent: Omit<NonNullable<AdapterPlan["idempotent"]>, "at" | "valid">,
  request: Partial<HttpRequest>,
  more: Partial<Delivery> = {},
) {
  const shop = await partner((_seen, response) => json(response, 200, {}));
  const transport = createTransport({
    secrets: secretsOf({}),
    clock: new VirtualClock(),
    log: memoryLog(),
  });
  onTestFinished(async () => transport.close());
  const plan = { ...idempotent, at, valid: 86_400_000 };
  const plans = generation({ adapters: [adapter("tryton", shop.url, { idempotent: plan })] });
  const whole: HttpRequest = {
    method: "POST",
    url: shop.url,
    headers: {},
    encode: "json",
    timeoutMs: 5_000,
    ...request,
  };
  const one = { ...delivery(shop.url, { effectKey, ...more }), request: whole };
  const outcome = await transport.send(one, plans);
  const [seen] = shop.seen;
  return { outcome, one, seen, body: parsed(seen?.body) };
}

test("in a header, as it is", async () => {
  const { seen } = await send({ header: "Idempotency-Key" }, { body: {} });
  expect(seen?.headers["idempotency-key"]).toBe(effectKey);
});

test("in the query, beside what is asked", async () => {
  const { seen } = await send({ query: "requestid" }, { body: {}, query: { minor: "75" } });
  expect(seen?.url).toBe(`/?minor=75&requestid=${effectKey}`);
  expect(seen?.headers["idempotency-key"]).toBeUndefined();
});

test("in the body, as a UUID that is the same each time", async () => {
  const plan = { body: "/idempotency_key", as: "uuid" } as const;
  const first = await send(plan, { body: { note: "tea" } });
  expect(first.body).toEqual({
    idempotency_key: expect.stringMatching(uuid) as string,
    note: "tea",
  });
  const again = await send(plan, { body: { note: "tea" } });
  expect(again.body).toEqual(first.body);
  const other = await send(plan, { body: {} }, { effectKey: digest("order 8") });
  expect(other.body).not.toEqual(first.body);
  // What is stored and compared is the request that the flow made.
  expect(first.one.request.body).toEqual({ note: "tea" });
});

test("deep in the body, at a place that is free, and where there was no body yet", async () => {
  const deep = { body: "/variables/input/key" };
  const body = { query: "mutation", variables: { input: { id: 7, key: null } } };
  const made = await send(deep, { body });
  expect(made.body).toEqual({ ...body, variables: { input: { id: 7, key: effectKey } } });
  const empty = await send({ body: "/key" }, { encode: "none" });
  expect(empty.body).toEqual({ key: effectKey });
  const form = await send({ body: "/key" }, { body: { a: "1" }, encode: "form" });
  expect(form.seen?.body).toBe(`a=1&key=${effectKey}`);
});

test("a read has no key, and a DELETE gets no body for one", async () => {
  const read = await send({ body: "/key" }, { body: { q: 1 } }, { read: true });
  expect(read.body).toEqual({ q: 1 });
  const gone = await send({ body: "/key" }, { method: "DELETE", encode: "none" });
  expect(gone.outcome).toMatchObject({ kind: "response" });
  expect(gone.seen?.body).toBe("");
});

test.each([
  ["/input/key", {}],
  ["/key", "a text"],
  ["/rows/0/key", { rows: [] }],
])(
  "a body without a map for %s is not sent: the partner would not know it again",
  async (body, sent) => {
    const { outcome, seen } = await send({ body }, { body: sent });
    expect(outcome).toMatchObject({ kind: "not-sent", refused: true, reason: containing(body) });
    expect(seen).toBeUndefined();
  },
);

const parsed = (text = ""): unknown => (text.startsWith("{") ? JSON.parse(text) : undefined);
